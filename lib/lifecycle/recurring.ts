import type { DynamoDBRecord } from 'aws-lambda';
import { firings, parseExpression } from '../contract/calendar/index.ts';
import { type Clock, digest, InvalidOptionError, PayloadTooLargeError } from '../contract/index.ts';
import { type Recurring, type RecurringSchedules, ScheduleRefusedError } from '../dispatch/index.ts';
import type { LoggerFactory } from '../observe/index.ts';
import {
  type Item,
  type ScheduleKey,
  type ScheduleRecord,
  type ScheduleTable,
  scheduleOfDefinition,
  serialOf,
  tickSourceOf,
} from '../state/index.ts';

export interface RecurringDeps {
  readonly schedules: ScheduleTable;
  readonly recurring: RecurringSchedules;
  readonly clock: Clock;
  readonly logger: LoggerFactory;
}

/** The schedule that a change asks to be made, changed or deleted. */
export function scheduleAsked({ dynamodb }: DynamoDBRecord): ScheduleKey | undefined {
  const image = dynamodb?.NewImage as Item | undefined;
  return image?.['out'] === undefined ? undefined : scheduleOfDefinition(image);
}

/**
 * Brings about what the schedule's item says now, whatever it said when the change was made: a change that is followed
 * late, twice, or beside another one ends at the latest revision all the same.
 */
export async function bringAbout(deps: RecurringDeps, key: ScheduleKey): Promise<void> {
  const { schedules, recurring, logger } = deps;
  const owner = { schedule: key.name, tenant: key.tenant };
  // What was written to EventBridge Scheduler and turns out to be of an old revision is written over.
  for (let stale = false; ; stale = true) {
    const record = await schedules.definition(key);
    if (!record) return stale ? recurring.delete(owner) : undefined;
    if (record.out === undefined && !stale) return;
    if (record.deleted) {
      await recurring.delete(owner);
      if (!(await schedules.remove(record))) continue;
      logger.info('schedule deleted', owner);
      return;
    }
    const problem = await put(deps, record);
    if (!(await schedules.settle(record, problem))) continue;
    const line = { ...owner, rev: record.rev };
    if (problem === undefined) logger.info('schedule made', line);
    else logger.error('schedule refused', { ...line, error_message: problem });
    return;
  }
}

/** Why it cannot be, where trying again is no use. */
async function put({ recurring, clock }: RecurringDeps, record: ScheduleRecord): Promise<string | undefined> {
  try {
    await recurring.put(recurringOf(record, clock.now()));
    return undefined;
  } catch (error) {
    const refused = [ScheduleRefusedError, InvalidOptionError, PayloadTooLargeError];
    if (error instanceof Error && refused.some((kind) => error instanceof kind)) return error.message;
    throw error;
  }
}

function recurringOf(record: ScheduleRecord, now: number): Recurring {
  const { expression, timeZone, window, endAt, description, createdAt, rev } = record;
  return {
    ...{ expression, timeZone, window, endAt, description, startAt: startOf(record, now) },
    enabled: !record.paused,
    source: tickSourceOf(record),
    // A schedule that was deleted and put again is another one.
    token: digest(JSON.stringify([serialOf(record), createdAt, rev])),
  };
}

/**
 * EventBridge Scheduler takes no start in the past, and counts a rate from its start: so that the count goes on as it was,
 * a rate's start is its next firing.
 */
function startOf({ expression, startAt, endAt }: ScheduleRecord, now: number): number | undefined {
  if (startAt === undefined || startAt > now) return startAt;
  const parsed = parseExpression(expression);
  if (parsed.kind !== 'rate') return undefined;
  const [next] = firings(parsed, {
    from: new Date(now),
    startAt: new Date(startAt),
    ...(endAt !== undefined && { endAt: new Date(endAt) }),
    limit: 1,
  });
  return next?.getTime();
}
