import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import {
  CALL_LIMITS,
  type Chance,
  type Clock,
  type Environment,
  FUNCTION_ENVIRONMENT,
  readEnvironment,
  systemChance,
  systemClock,
} from '../contract/index.ts';
import { createSqsClient, Dispatcher, OneTimeSchedules, RecurringSchedules } from '../dispatch/index.ts';
import { createLogger, type LoggerFactory } from '../observe/index.ts';
import { JobTable, RecordUnreadableError, ScheduleTable } from '../state/index.ts';
import { dispatchAsked, dropAsked } from './asked.ts';
import { Breaker, behindBreaker } from './breaker.ts';
import { Followed } from './followed.ts';
import { forAWhile, HeldUp } from './held-up.ts';
import { followInOrder } from './in-order.ts';
import { deleteLeftovers, partitionLeft } from './leftovers.ts';
import { dropDispatch } from './outbox.ts';
import { bringAbout, scheduleAsked } from './recurring.ts';
import { createSchedulerClient } from './scheduler-client.ts';
import { takeTurn, turnAsked } from './turns.ts';
import { type BuryDeps, sendOrBury } from './without-queue.ts';

export interface LifecycleOptions {
  /** @default process.env */
  readonly env?: Environment;
  /** @default a client by the usual AWS configuration */
  readonly dynamodb?: DynamoDBClient;
  /** @default a client by the usual AWS configuration */
  readonly sqs?: SQSClient;
  /** @default a client by the usual AWS configuration */
  readonly scheduler?: SchedulerClient;
  /** @default Powertools for AWS Lambda's logger */
  readonly logger?: LoggerFactory;
  /** @default the system's */
  readonly clock?: Clock;
  /** @default the system's */
  readonly chance?: Chance;
}

export type LifecycleHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

/**
 * The function behind the table's stream: sends what stands in the outbox, or puts it on one-time schedules, and clears up
 * after dispatches that were taken back and records that were deleted.
 *
 * @throws {EnvironmentError} a variable that the stack sets is missing
 */
export function createLifecycle(options: LifecycleOptions = {}): LifecycleHandler {
  const { env = process.env, clock = systemClock, chance = systemChance } = options;
  const {
    table: tableName,
    queues,
    deadRetention,
    ...scheduling
  } = readEnvironment(env, FUNCTION_ENVIRONMENT.lifecycle);
  const client = options.dynamodb ?? new DynamoDBClient({ requestHandler: CALL_LIMITS });
  const logger = options.logger ?? createLogger({ service: 'lifecycle' });
  const { oneTimeGroup, scheduleGroup, schedulerRole: role, schedulerDeadLetters: deadLetters } = scheduling;
  const scheduler = {
    queues,
    role,
    deadLetters,
    client: behindBreaker(options.scheduler ?? createSchedulerClient(), new Breaker(clock)),
  };
  const table = new JobTable({ client, tableName });
  const outbox: BuryDeps = {
    ...{ clock, chance, logger, table },
    dispatcher: new Dispatcher({ client: options.sqs ?? createSqsClient(), queues, clock }),
    schedules: new OneTimeSchedules({ ...scheduler, group: oneTimeGroup }),
    deadRetention: deadRetention * 1000,
  };
  const schedules = new ScheduleTable({ client, tableName });
  const recurring = new RecurringSchedules({ ...scheduler, group: scheduleGroup });
  const turns = { table, schedules, logger };
  const changes = { schedules, recurring, clock, logger };
  const heldUp = new HeldUp(clock);
  const follow = async (record: DynamoDBRecord): Promise<void> => {
    const held = () => heldUp.long(record);
    const holding = { heldUp, change: record, logger };
    try {
      const asked = dispatchAsked(record);
      if (asked) await sendOrBury(outbox, asked, { held });
      const dropped = dropAsked(record);
      if (dropped) {
        const line = { change: 'one-time schedule', job_id: dropped.id, dispatch: dropped.dispatch } as const;
        await forAWhile({ ...holding, line }, () => dropDispatch(outbox, dropped));
      }
      const ended = turnAsked(record);
      if (ended) await takeTurn(turns, ended, clock.now());
      const changed = scheduleAsked(record);
      if (changed) {
        const line = { change: 'schedule', schedule: changed.name, tenant: changed.tenant } as const;
        await forAWhile({ ...holding, line }, () => bringAbout(changes, changed));
      }
    } catch (error) {
      if (!(error instanceof RecordUnreadableError)) throw error;
      // Tried again, it would hold up every record behind it in the stream and be no better.
      logger.error('change not followed: record unreadable', { error_message: error.message });
    }
    const left = partitionLeft(record);
    if (left) await deleteLeftovers({ client, tableName }, left);
    heldUp.followed(record);
  };
  const failed = (sequence: string, error: unknown) =>
    logger.error('stream record not followed', { sequence, error_message: String(error) });
  const followed = new Followed(clock);
  return async ({ Records }) => {
    const once = (record: DynamoDBRecord) => followed.once(record, follow);
    const answer = await followInOrder(Records, { follow: once, failed });
    followed.answered(Records, answer);
    return answer;
  };
}
