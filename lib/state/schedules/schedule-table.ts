import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { resourceError } from '../../contract/index.ts';
import { type Item, toItem } from '../record.ts';
import {
  definitionKey,
  pauseKey,
  progressKey,
  progressPartition,
  type ScheduleKey,
  WAITING,
} from './keys.ts';
import { type Progress, readProgress } from './progress.ts';
import { readSchedule, type ScheduleRecord } from './schedule-record.ts';

/** What became of a transaction: a condition of the first, the second, … of its writes failed, or nothing did. */
export type Transacted = 'done' | { readonly failed: readonly boolean[] };

/** DynamoDB's reasons to cancel a transaction that say that somebody else was writing, not that something is wrong. */
const OTHERS = new Set(['None', 'ConditionalCheckFailed', 'TransactionConflict']);

/** What the job table holds of schedules: definitions, pauses, and how far each is. */
export class ScheduleTable {
  readonly tableName: string;
  readonly #client: DynamoDBClient;

  constructor({ client, tableName }: { client: DynamoDBClient; tableName: string }) {
    this.#client = client;
    this.tableName = tableName;
  }

  /** @throws {RecordUnreadableError} when the item is not as Millrace writes it */
  async definition(key: ScheduleKey): Promise<ScheduleRecord | undefined> {
    const item = await this.#get(definitionKey(key));
    return item && readSchedule(item);
  }

  /** Whether a schedule of the stack is paused. */
  async isPaused(key: ScheduleKey): Promise<boolean> {
    return (await this.#get(pauseKey(key)))?.['paused']?.BOOL === true;
  }

  async progress(key: ScheduleKey): Promise<Progress> {
    return readProgress(await this.#get(progressKey(key)), key);
  }

  /** The tick that waits first, by its time. */
  async firstWaiting(key: ScheduleKey): Promise<Item | undefined> {
    const { Items = [] } = await this.#answer(
      this.#client.send(
        new QueryCommand({
          TableName: this.tableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :waiting)',
          ExpressionAttributeValues: toItem({ ':pk': progressPartition(key), ':waiting': `${WAITING}#` }),
          ConsistentRead: true,
          Limit: 1,
        }),
      ),
    );
    return Items[0];
  }

  /** The revision that was brought about, or why it could not be; false: it has changed since. */
  async settle({ rev, ...key }: ScheduleRecord, problem?: string): Promise<boolean> {
    const settled = await this.transact([
      {
        Update: {
          TableName: this.tableName,
          Key: definitionKey(key),
          UpdateExpression:
            problem === undefined ? 'REMOVE #out, problem' : 'SET problem = :problem REMOVE #out',
          ConditionExpression: 'rev = :rev',
          ExpressionAttributeNames: { '#out': 'out' },
          ExpressionAttributeValues: toItem({ ':rev': rev, ':problem': problem }),
        },
      },
    ]);
    return settled === 'done';
  }

  /** The item of a schedule that is deleted; false: it was put again since. */
  async remove({ rev, ...key }: ScheduleRecord): Promise<boolean> {
    const removed = await this.transact([
      {
        Delete: {
          TableName: this.tableName,
          Key: definitionKey(key),
          ConditionExpression: 'rev = :rev',
          ExpressionAttributeValues: toItem({ ':rev': rev }),
        },
      },
    ]);
    return removed === 'done';
  }

  /** All or nothing. A failed condition, or another's write at the same moment, is an answer and no error. */
  async transact(TransactItems: TransactWriteItem[]): Promise<Transacted> {
    try {
      const [only, ...others] = TransactItems;
      // One write by itself costs half.
      if (only?.Put && others.length === 0) {
        await this.#answer(this.#client.send(new PutItemCommand(only.Put)));
        return 'done';
      }
      await this.#answer(this.#client.send(new TransactWriteItemsCommand({ TransactItems })));
      return 'done';
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return { failed: [true] };
      const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
      if (reasons.length === 0 || reasons.some(({ Code = 'None' }) => !OTHERS.has(Code))) throw error;
      return { failed: reasons.map(({ Code }) => Code === 'ConditionalCheckFailed') };
    }
  }

  async #get(Key: Item): Promise<Item | undefined> {
    const { Item } = await this.#answer(
      this.#client.send(new GetItemCommand({ TableName: this.tableName, Key, ConsistentRead: true })),
    );
    return Item;
  }

  async #answer<Output>(call: Promise<Output>): Promise<Output> {
    try {
      return await call;
    } catch (error) {
      const region = await this.#client.config.region();
      throw resourceError(error, { resource: 'job table', name: this.tableName, region });
    }
  }
}
