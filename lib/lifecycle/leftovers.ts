import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { LIMITS, MillraceError } from '../contract/index.ts';
import { isPayloadKey, STATE } from '../state/index.ts';

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

/** Items that one change of the stream has deleted at most: a job that snoozed for months leaves half a million events. */
const MOST = 500;

/**
 * Deletes what stands beside a record that is gone: its payload, failed attempts and events, and those of earlier records
 * of the id. Sort keys name the put that they belong to, so what a record put anew has beside it stays. Where there is
 * more than a change of the stream has time for, attempts and events go by their own `expiresAt`: they hold up no
 * neighbour. Payloads have none.
 */
export async function deleteLeftovers(table: Table, { pk, gen }: Left): Promise<void> {
  let from: Record<string, { S: string }> | undefined;
  let payloads: boolean;
  do {
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ProjectionExpression: 'pk, sk',
        ConsistentRead: true,
        // Payloads come first: their keys are behind those of attempts and events.
        ScanIndexForward: false,
        Limit: MOST,
        ExclusiveStartKey: from,
      }),
    );
    const keys = Items.map(({ sk }) => sk?.S ?? '');
    // Gens are ULIDs: their order is the order of the puts.
    const left = keys.filter((sk) => (sk.split('#')[1] ?? '~') <= gen);
    for (let at = 0; at < left.length; at += LIMITS.batchStatements)
      await deleteItems(table, { pk, keys: left.slice(at, at + LIMITS.batchStatements) });
    payloads = keys.some(isPayloadKey);
    from = LastEvaluatedKey as typeof from;
  } while (from && payloads);
}

interface Table {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}

async function deleteItems(
  { client, tableName }: Table,
  { pk, keys }: { pk: string; keys: readonly string[] },
): Promise<void> {
  const requests = keys.map(
    (sk): WriteRequest => ({ DeleteRequest: { Key: { pk: { S: pk }, sk: { S: sk } } } }),
  );
  const { UnprocessedItems = {} } = await client.send(
    new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }),
  );
  const unprocessed = UnprocessedItems[tableName]?.length ?? 0;
  if (unprocessed === 0) return;
  throw new LeftoversError({ what: 'DynamoDB left deletes undone', got: `${unprocessed} items of ${pk}` });
}
