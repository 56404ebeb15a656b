import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  type BatchStatementResponse,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { localCredentials } from '../../lib/local/engines/index.ts';
import { TABLE_SHAPE } from '../../lib/state/index.ts';
import type { EngineUnderTest } from './engines.ts';

export type Item = Record<string, AttributeValue>;

/** A PartiQL statement without its table, which stands as `TABLE` in the text, and its parameters in the text's order. */
export interface Statement {
  readonly text: string;
  readonly parameters: readonly AttributeValue[];
}

export const SORT_KEY = 'state';

/** A table of the job table's shape (its keys, its indexes) on one engine, gone when disposed. */
export class ScratchTable implements AsyncDisposable {
  readonly name: string;
  readonly client: DynamoDBClient;

  private constructor({ name, client }: { name: string; client: DynamoDBClient }) {
    this.name = name;
    this.client = client;
  }

  static async create({ endpoint }: EngineUnderTest): Promise<ScratchTable> {
    const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: localCredentials });
    const name = `Conformance-${randomUUID()}`;
    await client.send(new CreateTableCommand({ TableName: name, ...TABLE_SHAPE }));
    await waitUntilTableExists({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 20 }, { TableName: name });
    return new ScratchTable({ name, client });
  }

  /** Puts an item under a key of its own and returns that key's `pk`. */
  async put(attributes: Item): Promise<string> {
    const pk = randomUUID();
    const Item = { pk: { S: pk }, sk: { S: SORT_KEY }, ...attributes };
    await this.client.send(new PutItemCommand({ TableName: this.name, Item }));
    return pk;
  }

  /** The item's attributes without its keys; undefined: there is none. */
  async read(pk: string): Promise<Item | undefined> {
    const Key = { pk: { S: pk }, sk: { S: SORT_KEY } };
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.name, Key, ConsistentRead: true }),
    );
    if (!Item) return undefined;
    const { pk: _pk, sk: _sk, ...attributes } = Item;
    return attributes;
  }

  /** One BatchExecuteStatement, each statement asking for the old item where its condition fails. */
  async execute(statements: readonly Statement[]): Promise<BatchStatementResponse[]> {
    const { Responses: responses = [] } = await this.client.send(
      new BatchExecuteStatementCommand({
        Statements: statements.map(({ text, parameters }) => ({
          Statement: text.replace('TABLE', `"${this.name}"`),
          Parameters: [...parameters],
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        })),
      }),
    );
    return responses;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.send(new DeleteTableCommand({ TableName: this.name }));
    this.client.destroy();
  }
}
