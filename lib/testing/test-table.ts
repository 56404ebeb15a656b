import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { systemChance, systemClock } from '../contract/index.ts';
import { localCredentials, StreamApi } from '../local/index.ts';
import { partitionKey, STATE, TABLE_SHAPE } from '../state/index.ts';
import type { Activity } from './activity.ts';
import { REGION } from './test-queue.ts';

/** The job table of one test, on the engine, and its stream. */
export class TestTable implements AsyncDisposable {
  readonly name = `test-${systemChance.nonce()}`;
  readonly client: DynamoDBClient;
  readonly #stream: StreamApi;
  #iterator = '';
  /** Whether something was written since the stream was read. */
  #changed = false;

  private constructor({ endpoint, activity }: { endpoint: string; activity: Activity }) {
    this.client = new DynamoDBClient({ endpoint, region: REGION, credentials: localCredentials });
    this.client.middlewareStack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          using _call = activity.call();
          try {
            return await next(args);
          } finally {
            this.#changed ||= !READS.has(commandName);
          }
        },
      { step: 'initialize', name: 'millraceTestActivity' },
    );
    this.#stream = new StreamApi({ endpoint, region: REGION, clock: systemClock });
  }

  static async create(options: { endpoint: string; activity: Activity }): Promise<TestTable> {
    const table = new TestTable(options);
    const { TableDescription } = await table.client.send(
      new CreateTableCommand({
        TableName: table.name,
        ...TABLE_SHAPE,
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
    await table.#openStream(TableDescription?.LatestStreamArn ?? '');
    return table;
  }

  /** What was written since the last time, in its order. */
  async changes(): Promise<DynamoDBRecord[]> {
    const changes: DynamoDBRecord[] = [];
    while (this.#changed) {
      this.#changed = false;
      const { records, next } = await this.#stream.records({ iterator: this.#iterator, signal: NEVER });
      this.#iterator = next ?? this.#iterator;
      changes.push(...records.map((record) => record as object as DynamoDBRecord));
      this.#changed ||= records.length > 0;
    }
    return changes;
  }

  /** Deletes a job's record, as DynamoDB does with one that has expired. */
  async expire(id: string): Promise<void> {
    const Key = { pk: { S: partitionKey(id) }, sk: { S: STATE } };
    await this.client.send(new DeleteItemCommand({ TableName: this.name, Key }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.send(new DeleteTableCommand({ TableName: this.name }));
    this.client.destroy();
    this.#stream[Symbol.dispose]();
  }

  async #openStream(streamArn: string): Promise<void> {
    const [shard] = await this.#stream.shards(streamArn, NEVER);
    this.#iterator = await this.#stream.iterator({
      ...{ streamArn, shardId: shard?.id ?? '', position: { type: 'TRIM_HORIZON' }, signal: NEVER },
    });
  }
}

const READS = new Set(['GetItemCommand', 'QueryCommand', 'ScanCommand', 'BatchGetItemCommand']);

const NEVER = new AbortController().signal;
