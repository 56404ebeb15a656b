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
class LeftoversError extends MillraceError {
  static override readonly errorName: string = 'LeftoversError';
  override readonly code: string = 'LEFTOVERS';
  override readonly retryable: boolean = true;
}

/** What is left of a job whose record is gone: its partition, and the put that the record was of. */
export interface Left {
  readonly pk: string;
  readonly gen: string;
}

export function partitionLeft({ eventName, dynamodb }: DynamoDBRecord): Left | undefined {
  const { pk, sk, gen, parts } = dynamodb?.OldImage ?? {};
  if (eventName !== 'REMOVE' || sk?.S !== STATE || parts === undefined) return undefined;
  return pk?.S === undefined || gen?.S === undefined ? undefined : { pk: pk.S, gen: gen.S };
}

/**
 * Deletes what stands beside a record that is gone: its payload, failed attempts and events, and those of earlier records
 * of the id. Sort keys name the put that they belong to, so what a record put anew has beside it stays.
 */
export async function deleteLeftovers(
  { client, tableName }: { client: DynamoDBClient; tableName: string },
  { pk, gen }: Left,
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
    // Gens are ULIDs: their order is the order of the puts.
    const left = Items.filter(({ sk }) => (sk?.S?.split('#')[1] ?? '~') <= gen);
    for (let at = 0; at < left.length; at += LIMITS.batchStatements) {
      const requests = left
        .slice(at, at + LIMITS.batchStatements)
        .map(
          ({ sk }): WriteRequest => ({ DeleteRequest: { Key: { pk: { S: pk }, sk: sk as { S: string } } } }),
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
