import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import {
  type Chance,
  type Clock,
  DEFAULTS,
  type Envelope,
  EnvelopeUnreadableError,
  type Environment,
  readEnvelope,
  readEnvironment,
  systemChance,
  systemClock,
} from '../contract/index.ts';
import { createSqsClient, Visibility } from '../dispatch/index.ts';
import { createLogger, LOG_LINES, type LoggerFactory } from '../observe/index.ts';
import { JobTable, quarantineItems } from '../state/index.ts';
import { type RecorderDeps, recordDeadLetter } from './recorder.ts';

export interface RecorderOptions {
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

export type RecorderHandler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/**
 * The function behind the dead-letter queues: brings jobs that are still due back through the outbox, and files what
 * nobody can read. It executes nothing.
 *
 * @throws {EnvironmentError} a variable that the stack sets is missing
 */
export function createRecorder(options: RecorderOptions = {}): RecorderHandler {
  const { env = process.env, clock = systemClock, chance = systemChance } = options;
  const { table, retention, deadRetention } = readEnvironment(env, ['table', 'retention', 'deadRetention']);
  const visibility = new Visibility({ client: options.sqs ?? createSqsClient(), clock });
  const logger = options.logger ?? createLogger({ service: 'recorder' });
  const deps: RecorderDeps = {
    ...{ clock, chance, logger, lapseLimit: DEFAULTS.lapseLimit, hopLimit: DEFAULTS.hopLimit },
    table: new JobTable({ client: options.dynamodb ?? new DynamoDBClient({}), tableName: table }),
    retention: retention * 1000,
    deadRetention: deadRetention * 1000,
  };
  const take = async (source: SQSRecord): Promise<SQSBatchItemFailure[]> => {
    try {
      const envelope = await readOrFile(deps, source);
      const until = envelope && (await recordDeadLetter(deps, envelope));
      if (until === undefined) return [];
      await visibility.leave(source, until);
    } catch (error) {
      // It comes back when its visibility ends: nothing leaves a dead-letter queue before it is filed.
      logger.error('dead letter not filed yet', {
        message_id: source.messageId,
        error_message: String(error),
      });
    }
    return [{ itemIdentifier: source.messageId }];
  };
  return async ({ Records }) => ({ batchItemFailures: (await Promise.all(Records.map(take))).flat() });
}

/** The envelope; or, where there is none to read, the message is filed as quarantined. */
async function readOrFile(deps: RecorderDeps, source: SQSRecord): Promise<Envelope | undefined> {
  try {
    return readEnvelope(source.body);
  } catch (error) {
    if (!(error instanceof EnvelopeUnreadableError)) throw error;
    const { messageId, body, eventSourceARN, attributes } = source;
    const items = quarantineItems(
      {
        ...{ messageId, body, source: eventSourceARN, reason: error.message },
        sentAt: Number(attributes.SentTimestamp),
        quarantinedAt: deps.clock.now(),
        tenant: attributes.MessageGroupId,
      },
      deps.deadRetention,
    );
    // The item that lists the others comes last: what is listed is there.
    for (const item of items) await deps.table.put(item);
    deps.logger.error(LOG_LINES.quarantined, { message_id: messageId, error_message: error.message });
    return undefined;
  }
}
