import { type DurationInput, isDuration, milliseconds, readable } from './duration.ts';
import { InvalidOptionError } from './input-errors.ts';
import { LIMITS } from './limits.ts';
import { shown } from './shown.ts';
import { TIME_EXPECTED, type TimeInput, timeOf } from './time.ts';

/** A moment, or a duration such as `'2h'`. A number is a moment: milliseconds since the epoch. */
export type DeadlineInput = TimeInput | Exclude<DurationInput, number>;

/**
 * A job's deadline, in milliseconds since the epoch: the job's own, where it has one, else the one that its type gives it.
 * A duration of the job's own counts from the enqueue, one of the type's from when the job is due.
 *
 * @throws {InvalidOptionError} when it has passed, or the job would not be due before it
 */
export function deadlineOf(
  own: DeadlineInput | undefined,
  { ofType, now, runAt }: { ofType: number | undefined; now: number; runAt: number },
): number | undefined {
  if (own === undefined) return ofType === undefined ? undefined : Math.min(runAt + ofType, LIMITS.time);
  const deadline = momentOf(own, now);
  if (deadline > now && deadline > runAt && deadline <= LIMITS.time) return deadline;
  const got = `${shown(own)}, which is ${iso(deadline)}`;
  throw new InvalidOptionError({
    option: 'deadline',
    got: deadline <= now ? `${got}: it has passed` : `${got}, of a job that is due at ${iso(runAt)}`,
    expected: 'a time in the future, later than the job is due',
    fix: "give a later time; a number is milliseconds since the epoch, a duration has a unit: '2h'",
  });
}

function momentOf(own: DeadlineInput, now: number): number {
  if (isDuration(own)) return now + milliseconds(own, 'deadline');
  if (typeof own !== 'string' || own.includes('T')) return timeOf(own as TimeInput, 'deadline');
  const expected = `${TIME_EXPECTED}; or a duration such as '30s', '2h'`;
  throw new InvalidOptionError({ option: 'deadline', got: shown(own), expected });
}

/**
 * A type's deadline in milliseconds.
 *
 * @throws {InvalidOptionError} when it is no duration, or none that a job could keep
 */
export function checkTypeDeadline(input: DurationInput, option: string): number {
  const deadline = milliseconds(input, option);
  if (deadline >= LIMITS.minDeadline && deadline <= LIMITS.maxPostpone) return deadline;
  throw new InvalidOptionError({
    option,
    got: readable(deadline),
    expected: `${readable(LIMITS.minDeadline)} to ${readable(LIMITS.maxPostpone)}`,
  });
}

function iso(ms: number): string {
  return ms <= LIMITS.time ? new Date(ms).toISOString() : `${ms} ms`;
}
