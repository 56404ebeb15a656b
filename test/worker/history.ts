import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { localCredentials } from '../../lib/local/engines/index.ts';
import { type Item, type JobRecord, readRecord, STATE } from '../../lib/state/index.ts';
import type { Lab } from './lab.ts';
import { REGION } from './wire.ts';

/** What a table's stream holds, oldest first, as Lambda hands it to a function. */
export async function streamRecords(lab: Lab, tableName: string): Promise<DynamoDBRecord[]> {
  const { Table } = await lab.wire.dynamodb.send(new DescribeTableCommand({ TableName: tableName }));
  const StreamArn = Table?.LatestStreamArn ?? '';
  const endpoint = lab.endpoints.dynamodb;
  const client = new DynamoDBStreamsClient({ endpoint, region: REGION, credentials: localCredentials });
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const records: DynamoDBRecord[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    let { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    // A shard that is open has an iterator for ever: it is read until nothing comes.
    for (let read = 1; read > 0; ) {
      const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator }));
      for (const record of Records as unknown as DynamoDBRecord[]) {
        // By the engine's clock, which is not the test's.
        delete record.dynamodb?.ApproximateCreationDateTime;
        records.push(record);
      }
      ShardIterator = NextShardIterator;
      read = ShardIterator === undefined ? 0 : Records.length;
    }
  }
  client.destroy();
  return records;
}

/** Every state that the records of a table went through, by job, oldest first: what its stream says. */
export async function history(lab: Lab, tableName: string): Promise<Map<string, JobRecord[]>> {
  const byJob = new Map<string, JobRecord[]>();
  for (const { dynamodb } of await streamRecords(lab, tableName)) {
    const image = dynamodb?.NewImage as Item | undefined;
    if (image?.['sk']?.S !== STATE) continue;
    const record = readRecord(image);
    byJob.set(record.id, [...(byJob.get(record.id) ?? []), record]);
  }
  return byJob;
}
