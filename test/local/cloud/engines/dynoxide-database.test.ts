import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { localCredentials, startDynoxide } from '../../../../lib/local/engines/index.ts';

const TableName = 'items';

async function databases(): Promise<string[]> {
  const listed = await Promise.all([tmpdir(), '/dev/shm'].map((path) => readdir(path).catch(() => [])));
  return listed.flat().filter((name) => name.startsWith('millrace-dynoxide-'));
}

describe('the database of the DynamoDB engine', () => {
  it('holds far more than its write-ahead log, without a file that has a name', async () => {
    const before = await databases();
    await using engine = await startDynoxide();
    const client = new DynamoDBClient({
      endpoint: engine.endpoint,
      region: 'eu-west-1',
      credentials: localCredentials,
    });
    await client.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      }),
    );
    // 8 MB, twice with the stream's copy: SQLite moves its log into the database every 4 MB.
    const data = { S: 'x'.repeat(80_000) };
    for (let start = 0; start < 100; start += 25) {
      const puts = Array.from({ length: 25 }, (_, index) => ({
        PutRequest: { Item: { id: { S: String(start + index) }, data } },
      }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
    }
    for (const id of ['0', '99']) {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }));
      expect(Item?.['data']?.S).toHaveLength(80_000);
    }
    client.destroy();
    // Another test may be starting an engine of its own, whose directory is there for a moment only.
    await expect
      .poll(databases, { timeout: 10_000 })
      .toSatisfy((now: string[]) => now.length <= before.length);
  });
});
