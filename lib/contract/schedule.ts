import { parseExpression } from './calendar/expression.ts';
import { checkTimeZone } from './calendar/time-zone.ts';
import { checkName, checkPriority, checkTenant } from './checks.ts';
import { DEFAULTS } from './defaults.ts';
import { type DurationInput, milliseconds, readable } from './duration.ts';
import { InvalidOptionError } from './input-errors.ts';
import type { JobInput, JobType } from './job.ts';
import { LIMITS } from './limits.ts';
import type { Priority } from './priority.ts';
import { shown } from './shown.ts';
import { type TimeInput, timeOf } from './time.ts';

/** What becomes of a tick that falls due while the job of an earlier one has not ended. */
export const OVERLAPS = ['allow', 'skip', 'queue'] as const;
export type Overlap = (typeof OVERLAPS)[number];

interface CommonOptions<J extends JobType, N extends string> {
  /** 1 to 64 letters, digits, dots, underscores, hyphens: with the time of a tick it is the identity of the tick's job. */
  readonly name: N;
  /** What each job gets: what `enqueue` takes. It is checked when the stack is synthesised, and again at every tick. */
  readonly payload: JobInput<J>;
  /**
   * The customer that the jobs belong to.
   * @default none
   */
  readonly tenant?: string;
  /** @default the type's */
  readonly priority?: Priority;
  /**
   * While an earlier job of the schedule has not ended, a tick makes its job all the same (`allow`), none (`skip`), or one
   * that waits for the earlier one to end (`queue`).
   * @default 'allow'
   */
  readonly overlap?: Overlap;
  /**
   * Fires at some moment within this long from the time that the expression names: whole minutes from 1m to 24h. It
   * spreads the load of many schedules that name the same time.
   * @default none: within the minute
   */
  readonly window?: DurationInput;
  /**
   * No tick before this: a Date, milliseconds since the epoch, or ISO 8601 with its offset. A rate is counted from it.
   * @default from the deployment on
   */
  readonly startAt?: TimeInput;
  /**
   * No tick at this time or later: a Date, milliseconds since the epoch, or ISO 8601 with its offset.
   * @default without end
   */
  readonly endAt?: TimeInput;
  /**
   * A tick that comes later than this makes no job: 1m to 14d, counted from its time, or from the end of its window.
   * @default 24h
   */
  readonly maxAge?: DurationInput;
  /** Up to 512 characters, for people. */
  readonly description?: string;
}

interface CronOptions {
  /**
   * Six fields as EventBridge Scheduler has them: minutes, hours, day of month, month, day of week, year; one of the two
   * days is `?`. `'0 7 * * ? *'` is seven in the morning, every day.
   * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
   */
  readonly cron: string;
  /**
   * An IANA time zone, whose daylight-saving time the schedule follows.
   * @default 'UTC'
   */
  readonly timeZone?: string;
  readonly every?: undefined;
}

interface RateOptions {
  /** The time between two ticks: whole minutes from 1m to 366d. */
  readonly every: DurationInput;
  readonly cron?: undefined;
  /** A rate has no time zone. */
  readonly timeZone?: undefined;
}

export type ScheduleOptions<J extends JobType = JobType, N extends string = string> = CommonOptions<J, N> &
  (CronOptions | RateOptions);

/** What `defineSchedule` declares: a recurring source of jobs. Times are milliseconds since the epoch, durations milliseconds. */
export interface Schedule<J extends JobType = JobType, N extends string = string> {
  readonly name: N;
  readonly job: J;
  /** `cron(…)` or `rate(…)`, as EventBridge Scheduler takes it. */
  readonly expression: string;
  readonly timeZone: string;
  readonly payload: JobInput<J>;
  readonly tenant: string | undefined;
  readonly priority: Priority;
  readonly overlap: Overlap;
  /** 0: none. */
  readonly window: number;
  readonly startAt: number | undefined;
  readonly endAt: number | undefined;
  /** Counted from the end of the window. */
  readonly maxAge: number;
  readonly description: string | undefined;
}

/**
 * Declares a recurring source of jobs of one type: data only, as `defineJob` does. Given to `defineCatalog`, it is deployed
 * with the stack, and destroyed with it.
 *
 * @throws {InvalidOptionError} when an option is out of its range
 * @example
 * export const dailyReport = defineSchedule(buildReport, {
 *   name: 'daily-report',
 *   cron: '0 7 * * ? *',
 *   timeZone: 'Europe/Berlin',
 *   payload: { title: 'Yesterday' },
 * });
 */
export function defineSchedule<J extends JobType, const N extends string>(
  job: J,
  options: ScheduleOptions<NoInfer<J>, N>,
): Schedule<J, N> {
  for (const [option, value] of Object.entries({ job, options }))
    if (typeof value !== 'object' || value === null)
      throw new InvalidOptionError({ option, got: shown(value), expected: 'an object' });
  const { payload, tenant, description } = options;
  const name = checkName(options.name, 'name', LIMITS.scheduleNameLength) as N;
  const at = (option: string) => `${name}: ${option}`;
  const { startAt, endAt } = span(options, at);
  return {
    name,
    job,
    expression: expressionOf(options, at),
    timeZone: checkTimeZone(options.timeZone ?? DEFAULTS.timeZone, at('timeZone')),
    payload,
    tenant: tenant === undefined ? undefined : checkTenant(tenant),
    priority: checkPriority(options.priority ?? job.priority),
    overlap: checkOverlap(options.overlap ?? DEFAULTS.overlap, at('overlap')),
    window: options.window === undefined ? 0 : minutes(options.window, { option: at('window'), max: DAY }),
    startAt,
    endAt,
    maxAge: checkMaxAge(options.maxAge ?? DEFAULTS.tickMaxAge, at('maxAge')),
    description: description === undefined ? undefined : checkDescription(description, at('description')),
  };
}

const MINUTE = 60_000;
const DAY = 86_400_000;
type At = (option: string) => string;

function expressionOf({ cron, every, timeZone }: ScheduleOptions, at: At): string {
  if ((cron === undefined) === (every === undefined)) {
    const got = cron === undefined ? 'neither' : 'both';
    throw new InvalidOptionError({ option: at('cron, every'), got, expected: 'one of the two' });
  }
  if (every === undefined) return parseExpression(`cron(${cron})`, at('cron')).text;
  if (timeZone !== undefined) {
    const expected = 'none beside `every`: a rate counts hours, whatever the clocks show';
    throw new InvalidOptionError({ option: at('timeZone'), got: shown(timeZone), expected });
  }
  return rate(minutes(every, { option: at('every'), max: LIMITS.maxPostpone }));
}

/** In the largest unit that it is a whole number of. */
function rate(ms: number): string {
  for (const [unit, length] of [
    ['day', DAY],
    ['hour', 60 * MINUTE],
  ] as const) {
    if (ms % length === 0) return `rate(${counted(ms / length, unit)})`;
  }
  return `rate(${counted(ms / MINUTE, 'minute')})`;
}

/** EventBridge Scheduler wants the singular for one. */
function counted(value: number, unit: string): string {
  return `${value} ${unit}${value === 1 ? '' : 's'}`;
}

function minutes(input: DurationInput, { option, max }: { option: string; max: number }): number {
  const ms = milliseconds(input, option);
  if (ms >= MINUTE && ms <= max && ms % MINUTE === 0) return ms;
  const expected = `whole minutes from 1m to ${readable(max)}`;
  throw new InvalidOptionError({ option, got: shown(input), expected });
}

interface Span {
  readonly startAt: number | undefined;
  readonly endAt: number | undefined;
}

function span({ startAt, endAt }: ScheduleOptions, at: At): Span {
  const start = startAt === undefined ? undefined : timeOf(startAt, at('startAt'));
  const end = endAt === undefined ? undefined : timeOf(endAt, at('endAt'));
  if (start === undefined || end === undefined || start < end) return { startAt: start, endAt: end };
  const got = `${new Date(end).toISOString()}, with startAt ${new Date(start).toISOString()}`;
  throw new InvalidOptionError({ option: at('endAt'), got, expected: 'a time after startAt' });
}

function checkOverlap(value: Overlap, option: string): Overlap {
  if (OVERLAPS.includes(value)) return value;
  const expected = `one of ${OVERLAPS.join(', ')}`;
  throw new InvalidOptionError({ option, got: shown(value), expected });
}

function checkMaxAge(input: DurationInput, option: string): number {
  const ms = milliseconds(input, option);
  if (ms >= MINUTE && ms <= LIMITS.tickMaxAge) return ms;
  const expected = `1m to ${readable(LIMITS.tickMaxAge)}`;
  throw new InvalidOptionError({ option, got: shown(input), expected });
}

function checkDescription(value: string, option: string): string {
  if (typeof value === 'string' && value.length <= LIMITS.scheduleDescription) return value;
  const expected = `text of at most ${LIMITS.scheduleDescription} characters`;
  throw new InvalidOptionError({ option, got: shown(value), expected });
}
