import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { resourceError } from '../../contract/index.ts';
import { type Item, toItem } from '../record.ts';
import {
  DEFINITION,
  definitionKey,
  pauseKey,
  progressKey,
  progressPartition,
  quotaKey,
  type ScheduleKey,
  shardKey,
  WAITING,
} from './keys.ts';
import { type Progress, readProgress, turnWrite } from './progress.ts';
import { ScheduleBusyError } from './schedule-busy-error.ts';
import { readSchedule, type ScheduleRecord, scheduleItem } from './schedule-record.ts';

/** What became of a transaction: a condition of the first, the second, … of its writes failed, or nothing did. */
export type Transacted = 'done' | { readonly failed: readonly boolean[] };

/** DynamoDB's reasons to cancel a transaction that say that somebody else was writing, not that something is wrong. */
const OTHERS = new Set(['None', 'ConditionalCheckFailed', 'TransactionConflict']);

/**
 * The definition is the one that was read. Revisions count from 1 again once a deleted schedule's item is gone: what was put
 * then has another `createdAt`.
 */
const AS_READ = 'rev = :rev AND createdAt = :createdAt';

function asRead({ rev, createdAt }: ScheduleRecord) {
  return { ':rev': rev, ':createdAt': createdAt };
}

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

  /** Definitions of one shard, of one tenant where it is given, in the order of their names. */
  async page(options: {
    readonly shard: number;
    readonly tenant?: string;
    readonly limit: number;
    /** The key that the page before ended with. */
    readonly from?: Item;
  }): Promise<{ readonly items: readonly Item[]; readonly next: Item | undefined }> {
    const { shard, tenant, limit, from } = options;
    const prefix = tenant === undefined ? `${DEFINITION}#` : `${DEFINITION}#${tenant}#`;
    const { Items = [], LastEvaluatedKey } = await this.#answer(
      this.#client.send(
        new QueryCommand({
          TableName: this.tableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: toItem({ ':pk': shardKey(shard), ':prefix': prefix }),
          ConsistentRead: true,
          Limit: limit,
          ExclusiveStartKey: from,
        }),
      ),
    );
    // Another tenant's name may go on where this one's ends.
    const items = Items.filter((item) => tenant === undefined || (item['tenant']?.S ?? '') === tenant);
    return { items, next: LastEvaluatedKey };
  }

  /**
   * Writes a revision over the one that was read, and counts the schedules of the tenant. `changed`: it was another one;
   * `full`: the tenant has as many as it may.
   */
  async save(options: {
    readonly record: ScheduleRecord;
    readonly before: ScheduleRecord | undefined;
    readonly quota: number;
  }): Promise<'saved' | 'changed' | 'full'> {
    const { record, before, quota } = options;
    const { tableName: TableName } = this;
    const put: TransactWriteItem = {
      Put: {
        TableName,
        Item: scheduleItem(record),
        ConditionExpression: before ? AS_READ : 'attribute_not_exists(pk)',
        ...(before && { ExpressionAttributeValues: toItem(asRead(before)) }),
      },
    };
    const more = Number(!record.deleted) - Number(before !== undefined && !before.deleted);
    if (more === 0) return (await this.transact([put])) === 'done' ? 'saved' : 'changed';
    const written = await this.transact([put, quotaWrite({ TableName, tenant: record.tenant, more, quota })]);
    if (written === 'done') return 'saved';
    const [other, full] = written.failed;
    return full && !other ? 'full' : 'changed';
  }

  /**
   * Pauses a schedule of the stack, or lets it go on.
   *
   * @throws {ScheduleBusyError} others kept writing the same item: retryable
   */
  async setPaused(key: ScheduleKey, paused: boolean, now: number): Promise<void> {
    const Item = {
      ...pauseKey(key),
      ...toItem({ name: key.name, tenant: key.tenant, paused, updatedAt: now }),
    };
    if ((await this.transact([{ Put: { TableName: this.tableName, Item } }])) !== 'done')
      throw new ScheduleBusyError(key);
  }

  /** Has the lifecycle function let the next job go, if it may; false: the schedule has moved on since it was read. */
  async askForTurn(key: ScheduleKey, before: Progress, now: number): Promise<boolean> {
    const change = { out: before.turn + 1 };
    const asked = turnWrite({ tableName: this.tableName, key, before, change, now });
    return (await this.transact([asked])) === 'done';
  }

  /** The revision that was brought about, or why it could not be; false: it has changed since. */
  async settle(record: ScheduleRecord, problem?: string): Promise<boolean> {
    const settled = await this.transact([
      {
        Update: {
          TableName: this.tableName,
          Key: definitionKey(record),
          UpdateExpression:
            problem === undefined ? 'REMOVE #out, problem' : 'SET problem = :problem REMOVE #out',
          ConditionExpression: AS_READ,
          ExpressionAttributeNames: { '#out': 'out' },
          ExpressionAttributeValues: toItem({ ...asRead(record), ':problem': problem }),
        },
      },
    ]);
    return settled === 'done';
  }

  /** The item of a schedule that is deleted; false: it was put again since. */
  async remove(record: ScheduleRecord): Promise<boolean> {
    const removed = await this.transact([
      {
        Delete: {
          TableName: this.tableName,
          Key: definitionKey(record),
          ConditionExpression: AS_READ,
          ExpressionAttributeValues: toItem(asRead(record)),
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
      if (error instanceof TransactionConflictException) return { failed: [false] };
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

/** `count` is a word of DynamoDB's own. */
function quotaWrite(options: {
  readonly TableName: string;
  readonly tenant: string | undefined;
  readonly more: number;
  readonly quota: number;
}): TransactWriteItem {
  const { TableName, tenant, more, quota } = options;
  return {
    Update: {
      TableName,
      Key: quotaKey(tenant),
      UpdateExpression: 'ADD #count :more',
      ...(more > 0 && { ConditionExpression: 'attribute_not_exists(#count) OR #count < :quota' }),
      ExpressionAttributeNames: { '#count': 'count' },
      ExpressionAttributeValues: toItem({ ':more': more, ':quota': more > 0 ? quota : undefined }),
    },
  };
}
