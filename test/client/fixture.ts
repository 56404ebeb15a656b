import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { z } from 'zod';
import { MillraceClient } from '../../lib/client/index.ts';
import {
  defineCatalog,
  defineJob,
  type Envelope,
  PRIORITIES,
  type Priority,
} from '../../lib/contract/index.ts';
import { type Engine, localCredentials, startDynoxide, startFauxqs } from '../../lib/local/engines/index.ts';
import { type Item, type JobRecord, readRecord, STATE, TABLE_SHAPE } from '../../lib/state/index.ts';
import { REGION, TestQueue, testSqsClient } from '../dispatch/test-queue.ts';

const sendReceipt = defineJob({
  name: 'receipt.send',
  schema: z.object({ orderId: z.string(), note: z.string().optional() }),
  result: z.object({ sentTo: z.string() }),
});
export const importRows = defineJob({
  name: 'rows.import',
  schema: z.object({ rows: z.array(z.number()) }),
  priority: 'low',
});
export const catalog = defineCatalog([sendReceipt, importRows]);
export type TestCatalog = typeof catalog;

/** Both engines, one pair for a test file; a `Deployment` of its own for each test. */
export class Engines implements AsyncDisposable {
  readonly dynamodb: Engine;
  readonly sqs: Engine;

  private constructor({ dynamodb, sqs }: { dynamodb: Engine; sqs: Engine }) {
    this.dynamodb = dynamodb;
    this.sqs = sqs;
  }

  static async start(): Promise<Engines> {
    await using started = new AsyncDisposableStack();
    const dynamodb = started.use(await startDynoxide());
    const sqs = await startFauxqs({ region: REGION });
    started.move();
    return new Engines({ dynamodb, sqs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.dynamodb[Symbol.asyncDispose](), this.sqs[Symbol.asyncDispose]()]);
  }
}

/** A job table and the four queues of the default pool, as the stack makes them, with a client for them. */
export class Deployment {
  readonly tableName = `Jobs-${randomUUID()}`;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly queues: Record<'default', Record<Priority, string>>;
  readonly client: MillraceClient<TestCatalog>;

  readonly #queues: Record<Priority, TestQueue>;

  private constructor(parts: {
    dynamodb: DynamoDBClient;
    sqs: SQSClient;
    queues: Record<Priority, TestQueue>;
  }) {
    this.dynamodb = parts.dynamodb;
    this.sqs = parts.sqs;
    this.#queues = parts.queues;
    this.queues = {
      default: Object.fromEntries(PRIORITIES.map((name) => [name, parts.queues[name].url])) as Record<
        Priority,
        string
      >,
    };
    this.client = this.newClient();
  }

  /** One try a call, so that a fault is seen at once; `maxAttempts` leaves the SDK its retries. */
  static async create(engines: Engines, { maxAttempts = 1 } = {}): Promise<Deployment> {
    const { endpoint } = engines.dynamodb;
    const dynamodb = new DynamoDBClient({
      endpoint,
      region: REGION,
      maxAttempts,
      credentials: localCredentials,
    });
    const sqs = testSqsClient(engines.sqs, { maxAttempts });
    const made = await Promise.all(PRIORITIES.map(async (name) => [name, await TestQueue.create(sqs)]));
    const queues = Object.fromEntries(made) as Record<Priority, TestQueue>;
    const deployment = new Deployment({ dynamodb, sqs, queues });
    await createJobTable(dynamodb, deployment.tableName);
    return deployment;
  }

  newClient(
    options: Partial<ConstructorParameters<typeof MillraceClient<TestCatalog>>[0]> = {},
  ): MillraceClient<TestCatalog> {
    const { tableName, dynamodb, sqs, queues } = this;
    return new MillraceClient({ catalog, tableName, dynamodb, sqs, queues, ...options });
  }

  /** Every item of the table. */
  async items(): Promise<Item[]> {
    const { Items = [] } = await this.dynamodb.send(new ScanCommand({ TableName: this.tableName }));
    return Items;
  }

  /** The record of each job. */
  async records(): Promise<JobRecord[]> {
    return (await this.items()).filter((item) => item['sk']?.S === STATE).map(readRecord);
  }

  async put(item: Item): Promise<void> {
    await this.dynamodb.send(new PutItemCommand({ TableName: this.tableName, Item: item }));
  }

  /** Writes attributes of a job's record, as if time or another part had. */
  async amend(id: string, attributes: Item): Promise<void> {
    const names = Object.keys(attributes);
    await this.dynamodb.send(
      new UpdateItemCommand({
        TableName: this.tableName,
        Key: { pk: { S: `job#${id}` }, sk: { S: STATE } },
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(
          names.map((name) => [`:${name}`, attributes[name]]),
        ) as Item,
      }),
    );
  }

  /** The messages that are in a queue now, delayed ones left out. They become invisible. */
  receive(priority: Priority = 'normal'): Promise<Message[]> {
    return this.#queues[priority].receive();
  }

  envelopes(priority: Priority = 'normal'): Promise<Envelope[]> {
    return this.#queues[priority].envelopes();
  }

  /** Asserts that a refused call left nothing behind. */
  async expectNothingWritten(): Promise<void> {
    expect(await this.items()).toEqual([]);
    for (const priority of PRIORITIES) expect(await this.receive(priority)).toEqual([]);
  }
}

async function createJobTable(dynamodb: DynamoDBClient, TableName: string): Promise<void> {
  await dynamodb.send(new CreateTableCommand({ TableName, ...TABLE_SHAPE }));
}
