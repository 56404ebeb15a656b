import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import {
  type Chance,
  type Clock,
  type Environment,
  readEnvironment,
  systemChance,
  systemClock,
} from '../contract/index.ts';
import { createSqsClient, Dispatcher } from '../dispatch/index.ts';
import { createLogger, type LoggerFactory } from '../observe/index.ts';
import { JobTable, RecordUnreadableError } from '../state/index.ts';
import { deleteLeftovers, partitionLeft } from './leftovers.ts';
import { dispatchAsked, sendDispatch } from './outbox.ts';

export interface LifecycleOptions {
  /** @default process.env */
  readonly env?: Environment;
  /** @default a client by the usual AWS configuration */
  readonly dynamodb?: DynamoDBClient;
  /** @default a client by the usual AWS configuration */
  readonly sqs?: SQSClient;
  /** @default Powertools for AWS Lambda's logger */
  readonly logger?: LoggerFactory;
  /** @default the system's */
  readonly clock?: Clock;
  /** @default the system's */
  readonly chance?: Chance;
}

export type LifecycleHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

/**
 * The function behind the table's stream: sends what stands in the outbox, and clears up after deleted records.
 *
 * @throws {EnvironmentError} a variable that the stack sets is missing
 */
export function createLifecycle(options: LifecycleOptions = {}): LifecycleHandler {
  const { env = process.env, clock = systemClock, chance = systemChance } = options;
  const { table: tableName, queues } = readEnvironment(env, ['table', 'queues']);
  const client = options.dynamodb ?? new DynamoDBClient({});
  const logger = options.logger ?? createLogger({ service: 'lifecycle' });
  const table = new JobTable({ client, tableName });
  const dispatcher = new Dispatcher({ client: options.sqs ?? createSqsClient(), queues, clock });
  const follow = async (record: DynamoDBRecord): Promise<void> => {
    try {
      const asked = dispatchAsked(record);
      if (asked) await sendDispatch({ table, dispatcher, chance, logger }, asked);
    } catch (error) {
      if (!(error instanceof RecordUnreadableError)) throw error;
      // Tried again, it would hold up every record behind it in the stream and be no better.
      logger.error('dispatch not sent: record unreadable', { error_message: error.message });
    }
    const left = partitionLeft(record);
    if (left) await deleteLeftovers({ client, tableName }, left);
  };
  return async ({ Records }) => {
    const results = await Promise.allSettled(Records.map(follow));
    const failed = Records.flatMap((record, i) => {
      const result = results[i];
      if (result?.status !== 'rejected') return [];
      const sequence = record.dynamodb?.SequenceNumber ?? '';
      logger.error('stream record not followed', { sequence, error_message: String(result.reason) });
      return [sequence];
    });
    // A stream goes on from the first record that failed; the ones behind it that went well are sent as copies then.
    const [first] = failed;
    return { batchItemFailures: first === undefined ? [] : [{ itemIdentifier: first }] };
  };
}
