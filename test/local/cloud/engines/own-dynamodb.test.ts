import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { localCredentials, startDynoxide } from '../../../../lib/local/engines/index.ts';
import { startLocal, TemplateUnsupportedError } from '../../../../lib/local/index.ts';
import { rawAssembly } from '../raw-assembly.ts';

const Table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  },
};

async function tablesAt(endpoint: string): Promise<string[] | undefined> {
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: localCredentials });
  const { TableNames } = await client.send(new ListTablesCommand({}));
  client.destroy();
  return TableNames;
}

describe('startLocal with dynamodbEndpoint', () => {
  it('makes its tables there, under names of its own, and deletes them at the end', async () => {
    await using other = await startDynoxide();
    await using raw = await rawAssembly({ Jobs: { Resources: { Table } } });
    const app = raw.directory;
    {
      await using first = await startLocal({ app, dynamodbEndpoint: `${other.endpoint}/` });
      await using second = await startLocal({ app, dynamodbEndpoint: other.endpoint });
      expect(first.env['AWS_ENDPOINT_URL_DYNAMODB']).toBe(other.endpoint);
      const names = [first, second].map((cloud) => cloud.resources.get('Jobs', 'Table').physicalName);
      expect(new Set(names).size).toBe(2);
      expect(await tablesAt(other.endpoint)).toEqual(names.toSorted());
    }
    expect(await tablesAt(other.endpoint)).toEqual([]);
  }, 30_000);

  it('leaves nothing behind when the start fails half way', async () => {
    await using other = await startDynoxide();
    const Resources = { Table, Queue: { Type: 'AWS::SQS::Queue', Properties: { NewFeature: true } } };
    await using raw = await rawAssembly({ Jobs: { Resources } });
    const starting = startLocal({ app: raw.directory, dynamodbEndpoint: other.endpoint });
    await expect(starting).rejects.toThrow(TemplateUnsupportedError);
    expect(await tablesAt(other.endpoint)).toEqual([]);
  }, 30_000);
});
