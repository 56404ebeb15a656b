import {
  defineSchedule,
  firings,
  InvalidOptionError,
  type JobType,
  parseExpression,
  type Schedule,
  type ScheduleOptions,
  tickInput,
  tickSource,
} from '../../contract/index.ts';
import {
  ScheduleBusyError,
  type ScheduleDefinition,
  type ScheduleRecord,
  type ScheduleTable,
  sameDefinition,
} from '../../state/index.ts';
import { checkedJson } from '../prepare.ts';
import { ScheduleQuotaError } from './errors.ts';

/** Writers that others may get ahead with before this one is given up. */
const TRIES = 10;

/** A queue's URL is at most as long as this: what a schedule's input is measured with. */
const LONGEST_URL = `https://sqs.${'x'.repeat(40)}.amazonaws.com/${'0'.repeat(12)}/${'x'.repeat(80)}`;

/** A schedule that passed every check, before anything is written. */
export interface CheckedSchedule {
  readonly schedule: Schedule;
  /** Its payload as JSON. */
  readonly payload: string;
}

/**
 * Checks all that can be checked without AWS, as the stack does of its schedules.
 *
 * @throws {InvalidOptionError | PayloadInvalidError | PayloadTooLargeError} nothing is written
 */
export async function checkSchedule(
  type: JobType,
  options: ScheduleOptions,
  now: number,
): Promise<CheckedSchedule> {
  const schedule = defineSchedule(type, options);
  const payload = await checkedJson(type, schedule.payload);
  tickInput({ queueUrl: LONGEST_URL, ...tickSource(schedule) });
  const [first] = firings(parseExpression(schedule.expression), spanOf(schedule, now, 1));
  if (first) return { schedule, payload };
  throw new InvalidOptionError({
    option: `${schedule.name}: cron, endAt`,
    got: `${schedule.expression}, which does not fire any more`,
    expected: 'a schedule that fires at least once from now on',
  });
}

export function spanOf(
  { timeZone, startAt, endAt }: Pick<Schedule, 'timeZone' | 'startAt' | 'endAt'>,
  from: number,
  limit: number,
) {
  return {
    ...{ timeZone, limit, from: new Date(from) },
    ...(startAt !== undefined && { startAt: new Date(startAt) }),
    ...(endAt !== undefined && { endAt: new Date(endAt) }),
  };
}

/**
 * Writes the definition where it differs from the one that stands.
 *
 * @throws {ScheduleQuotaError | ScheduleBusyError} nothing is written
 */
export async function putSchedule(
  table: ScheduleTable,
  checked: CheckedSchedule,
  { now, quota }: { now: number; quota: number },
): Promise<{ readonly record: ScheduleRecord; readonly changed: boolean }> {
  const { name, tenant } = checked.schedule;
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await table.definition({ name, tenant });
    const standing = before && !before.deleted ? before : undefined;
    const definition = definitionOf(checked, standing, now);
    if (standing && standing.problem === undefined && sameDefinition(standing, definition))
      return { record: standing, changed: false };
    const rev = (before?.rev ?? 0) + 1;
    const record: ScheduleRecord = {
      ...definition,
      ...{ rev, out: rev, createdAt: standing?.createdAt ?? now, updatedAt: now },
      // A pause is no part of the definition, and outlasts it.
      ...(standing?.paused && { paused: true }),
    };
    const saved = await table.save({ record, before, quota });
    if (saved === 'full') throw new ScheduleQuotaError({ name, tenant, quota });
    if (saved === 'saved') return { record, changed: true };
  }
  throw new ScheduleBusyError({ name, tenant });
}

function definitionOf(
  { schedule, payload }: CheckedSchedule,
  standing: ScheduleRecord | undefined,
  now: number,
): ScheduleDefinition {
  const { name, tenant, job, priority, expression, timeZone, overlap, window, endAt, maxAge } = schedule;
  const { deadline } = tickSource(schedule);
  return {
    ...{ name, tenant, type: job.name, version: job.version, pool: job.pool, priority, expression, timeZone },
    ...{ payload, overlap, window, endAt, maxAge, deadline, description: schedule.description },
    startAt: schedule.startAt ?? countedFrom(expression, standing, now),
  };
}

const MINUTE = 60_000;

/**
 * A rate is counted from a time that is kept, so that its firings are known and a put of the same leaves them alone: the
 * minute after the next, by when EventBridge Scheduler has it.
 */
function countedFrom(
  expression: string,
  standing: ScheduleRecord | undefined,
  now: number,
): number | undefined {
  if (parseExpression(expression).kind !== 'rate') return undefined;
  if (standing?.expression === expression && standing.startAt !== undefined) return standing.startAt;
  return Math.ceil((now + MINUTE) / MINUTE) * MINUTE;
}
