import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import {
  CALL_LIMITS,
  type Chance,
  type Clock,
  DEFAULTS,
  EnvelopeUnreadableError,
  type Environment,
  readEnvelope,
  readEnvironment,
  readTick,
  systemChance,
  systemClock,
} from '../contract/index.ts';
import { createSqsClient, unsentMessage, Visibility } from '../dispatch/index.ts';
import { createLogger, LOG_LINES, type LoggerFactory } from '../observe/index.ts';
import {
  acceptTick,
  JobTable,
  quarantineItems,
  RecordUnreadableError,
  reportTick,
  ScheduleTable,
  type TickDeps,
} from '../state/index.ts';
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
 * The function behind the dead-letter queues, those of the schedules too: brings jobs that are still due back through the outbox, and files what
 * nobody can read. It executes nothing.
 *
 * @throws {EnvironmentError} a variable that the stack sets is missing
 */
export function createRecorder(options: RecorderOptions = {}): RecorderHandler {
  const { env = process.env, clock = systemClock, chance = systemChance } = options;
  const { table, retention, deadRetention } = readEnvironment(env, ['table', 'retention', 'deadRetention']);
  const visibility = new Visibility({ client: options.sqs ?? createSqsClient(), clock });
  const logger = options.logger ?? createLogger({ service: 'recorder' });
  const client = options.dynamodb ?? new DynamoDBClient({ requestHandler: CALL_LIMITS });
  const deps: RecorderDeps & TickDeps = {
    ...{ clock, chance, logger, lapseLimit: DEFAULTS.lapseLimit, hopLimit: DEFAULTS.hopLimit },
    table: new JobTable({ client, tableName: table }),
    schedules: new ScheduleTable({ client, tableName: table }),
    retention: retention * 1000,
    deadRetention: deadRetention * 1000,
  };
  const take = async (source: SQSRecord): Promise<SQSBatchItemFailure[]> => {
    try {
      const until = await decideOrFile(deps, source);
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

/**
 * When the message is to come back, in milliseconds since the epoch; undefined: it is done with. What nobody can read, or
 * decide by a record that nobody can read, is filed as quarantined.
 */
async function decideOrFile(deps: RecorderDeps & TickDeps, source: SQSRecord): Promise<number | undefined> {
  try {
    const body = unsentMessage(source.body) ?? source.body;
    const tick = readTick(body);
    if (!tick) return await recordDeadLetter(deps, readEnvelope(body));
    const now = deps.clock.now();
    const outcome = await acceptTick(deps, tick, { now });
    reportTick(deps.logger, { tick, outcome, now });
    return undefined;
  } catch (error) {
    if (!(error instanceof EnvelopeUnreadableError || error instanceof RecordUnreadableError)) throw error;
    await quarantine(deps, source, error.message);
    return undefined;
  }
}

async function quarantine(deps: RecorderDeps, source: SQSRecord, reason: string): Promise<void> {
  const { messageId, body, eventSourceARN, attributes } = source;
  const now = deps.clock.now();
  const sentAt = Number(attributes.SentTimestamp);
  const items = quarantineItems(
    {
      ...{ messageId, body, source: eventSourceARN, reason, quarantinedAt: now },
      // An event that was not made by SQS may lack it.
      sentAt: Number.isSafeInteger(sentAt) ? sentAt : now,
      tenant: attributes.MessageGroupId,
    },
    deps.deadRetention,
  );
  // The item that lists the others comes last: what is listed is there.
  for (const item of items) await deps.table.put(item);
  deps.logger.error(LOG_LINES.quarantined, { message_id: messageId, error_message: reason });
}
