import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type Engine, localCredentials, startDynoxide } from '../../../lib/local/engines/index.ts';
import type { StreamEventSourceSpec } from '../../../lib/local/functions/index.ts';
import { REGION } from './function-fixture.ts';
import { QueueFixture } from './queue-fixture.ts';

/** A fixture with real SQS and DynamoDB engines and one table, whose stream has new and old images. */
export class StreamFixture implements AsyncDisposable {
  readonly queues: QueueFixture;
  readonly #engine: Engine;
  readonly #dynamodb: DynamoDBClient;
  #streamArn = '';

  static async start(): Promise<StreamFixture> {
    const engine = await startDynoxide();
    const queues = await QueueFixture.start({ dynamodbEndpoint: engine.endpoint });
    const fixture = new StreamFixture(engine, queues);
    await fixture.#createTable();
    return fixture;
  }

  private constructor(engine: Engine, queues: QueueFixture) {
    this.#engine = engine;
    this.queues = queues;
    this.#dynamodb = new DynamoDBClient({
      endpoint: engine.endpoint,
      region: REGION,
      credentials: localCredentials,
    });
  }

  get streamArn(): string {
    return this.#streamArn;
  }

  /** Adds a function that reads the table's stream. */
  async follow(source: string, spec: Partial<StreamEventSourceSpec> = {}): Promise<string> {
    const functionName = await this.queues.functions.add(source);
    this.queues.host.addStreamEventSource({
      id: 'stream',
      functionName,
      streamArn: this.#streamArn,
      batchSize: 100,
      batchWindowSeconds: 0,
      startingPosition: 'TRIM_HORIZON',
      reportBatchItemFailures: false,
      bisect: false,
      maximumRetryAttempts: -1,
      maximumRecordAgeSeconds: -1,
      filters: [],
      enabled: true,
      ...spec,
    });
    return functionName;
  }

  /** Writes an item and so makes one record. */
  async put(id: string, attributes: Record<string, string> = {}): Promise<void> {
    const others = Object.entries(attributes).map(([name, value]) => [name, { S: value }]);
    const Item = { id: { S: id }, ...Object.fromEntries(others) };
    await this.#dynamodb.send(new PutItemCommand({ TableName: 'items', Item }));
  }

  /** Writes several items at once, and so makes records that are read together. */
  async putTogether(...ids: string[]): Promise<void> {
    const puts = ids.map((id) => ({ Put: { TableName: 'items', Item: { id: { S: id } } } }));
    await this.#dynamodb.send(new TransactWriteItemsCommand({ TransactItems: puts }));
  }

  async remove(id: string): Promise<void> {
    await this.#dynamodb.send(new DeleteItemCommand({ TableName: 'items', Key: { id: { S: id } } }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queues[Symbol.asyncDispose]();
    this.#dynamodb.destroy();
    await this.#engine[Symbol.asyncDispose]();
  }

  async #createTable(): Promise<void> {
    const { TableDescription } = await this.#dynamodb.send(
      new CreateTableCommand({
        TableName: 'items',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
    this.#streamArn = TableDescription?.LatestStreamArn ?? '';
  }
}
