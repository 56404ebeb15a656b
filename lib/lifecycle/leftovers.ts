import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { LIMITS, MillraceError } from '../contract/index.ts';
import { STATE } from '../state/index.ts';

/** Some of a job's items could not be deleted yet. The stream tries again. */
export class LeftoversError extends MillraceError {
  static override readonly errorName: string = 'LeftoversError';
  override readonly code: string = 'LEFTOVERS';
  override readonly retryable: boolean = true;
}

/** The partition of a job whose record is gone while its other items are not. */
export function partitionLeft({ eventName, dynamodb }: DynamoDBRecord): string | undefined {
  const old = dynamodb?.OldImage ?? {};
  const left = eventName === 'REMOVE' && old['sk']?.S === STATE && old['parts'] !== undefined;
  return left ? old['pk']?.S : undefined;
}

/** Deletes what stands beside a record that is gone: its payload and failed attempts. A record put anew keeps them. */
export async function deleteLeftovers(
  { client, tableName }: { client: DynamoDBClient; tableName: string },
  pk: string,
): Promise<void> {
  let from: Record<string, { S: string }> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ProjectionExpression: 'pk, sk',
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    if (Items.some((item) => item['sk']?.S === STATE)) return;
    for (let at = 0; at < Items.length; at += LIMITS.batchStatements) {
      const requests = Items.slice(at, at + LIMITS.batchStatements).map(
        ({ pk, sk }): WriteRequest => ({
          DeleteRequest: { Key: { pk: pk as { S: string }, sk: sk as { S: string } } },
        }),
      );
      const { UnprocessedItems = {} } = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }),
      );
      const unprocessed = UnprocessedItems[tableName]?.length ?? 0;
      if (unprocessed > 0) {
        throw new LeftoversError({
          what: 'DynamoDB left deletes undone',
          got: `${unprocessed} items of ${pk}`,
        });
      }
    }
    from = LastEvaluatedKey as typeof from;
  } while (from);
}
