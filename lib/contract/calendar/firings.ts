import { InvalidOptionError } from '../input-errors.ts';
import { shown } from '../shown.ts';
import { cronFirings } from './cron-firings.ts';
import type { Expression } from './expression.ts';
import type { RateExpression } from './rate.ts';
import { checkTimeZone, instantOf } from './time-zone.ts';

/** Which firings of an expression are asked for. */
export interface FiringSpan {
  /** The IANA zone whose calendar counts. @default 'UTC' */
  readonly timeZone?: string;
  /** The first moment that counts. */
  readonly from: Date;
  /** The moment before which firings count; a cron's end in 2199 at the latest, and a rate's never, without it. */
  readonly to?: Date;
  /**
   * The schedule's StartDate: nothing fires before it, and a rate is counted from it. Without it a rate is counted from
   * `from`, as AWS counts from a schedule's creation ("your schedule starts invoking the target immediately").
   * AWS ignores it for `at`.
   */
  readonly startAt?: Date;
  /** The schedule's EndDate: nothing fires at or after it. AWS ignores it for `at`. */
  readonly endAt?: Date;
}

/** The most firings that one call returns as an array. */
const MOST = 100_000;

/**
 * The moments at which an expression fires, by the rules of EventBridge Scheduler: a time that daylight saving skips
 * does not fire, a time that it repeats fires at its first passing
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time).
 * AWS says so of cron; an `at` in the skipped hour is read the same way, and fires never.
 *
 * @example
 * firings(parseExpression('cron(30 9 ? * MON-FRI *)'), { timeZone: 'Europe/Berlin', from: new Date(), limit: 5 })
 * @param limit how many at most, 1 to 100,000
 * @returns in order of time; none when it never fires again ('31 February' is searched to the end of 2199)
 * @throws {InvalidOptionError} when a date, the zone or the limit is not one
 */
export function firings(expression: Expression, span: FiringSpan & { readonly limit: number }): Date[] {
  const { limit } = span;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    const expected = `a whole number, 1 to ${MOST}`;
    throw new InvalidOptionError({ option: 'limit', got: shown(limit), expected });
  }
  const found: Date[] = [];
  for (const firing of eachFiring(expression, span)) {
    found.push(firing);
    if (found.length === limit) break;
  }
  return found;
}

/**
 * The same, one at a time, for as long as they are asked for.
 *
 * @throws {InvalidOptionError} when a date or the zone is not one
 */
export function eachFiring(expression: Expression, span: FiringSpan): Iterable<Date> {
  const timeZone = checkTimeZone(span.timeZone ?? 'UTC');
  const from = time('from', span.from);
  const to = span.to === undefined ? Number.POSITIVE_INFINITY : time('to', span.to);
  if (expression.kind === 'at') {
    const instant = instantOf(timeZone, expression.wall);
    const falls = instant !== undefined && instant >= from && instant < to;
    return falls ? [new Date(instant)] : [];
  }
  const startAt = span.startAt === undefined ? undefined : time('startAt', span.startAt);
  const endAt = span.endAt === undefined ? Number.POSITIVE_INFINITY : time('endAt', span.endAt);
  const first = Math.max(from, startAt ?? from);
  const end = Math.min(to, endAt);
  const instants =
    expression.kind === 'rate'
      ? rateFirings(expression, startAt ?? from, first)
      : cronFirings(expression, timeZone, first);
  return until(instants, end);
}

function* until(instants: Iterable<number>, end: number): Generator<Date, undefined> {
  for (const instant of instants) {
    if (instant >= end) return;
    yield new Date(instant);
  }
}

/** The furthest moment that a Date can hold. */
const LAST = 8.64e15;

function* rateFirings(
  { period }: RateExpression,
  origin: number,
  from: number,
): Generator<number, undefined> {
  const passed = Math.max(0, Math.ceil((from - origin) / period));
  for (let instant = origin + passed * period; instant <= LAST; instant += period) yield instant;
}

function time(option: string, date: Date): number {
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date.getTime();
  throw new InvalidOptionError({ option, got: shown(date), expected: 'a valid Date' });
}
