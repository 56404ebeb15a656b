import { InvalidOptionError } from './input-errors.ts';
import { LIMITS } from './limits.ts';
import { shown } from './shown.ts';

/** A moment: a Date, milliseconds since the epoch, or ISO 8601 with its offset: `'2027-01-31T09:00:00Z'`. */
export type TimeInput = Date | number | `${number}-${number}-${number}T${string}`;

/** Without an offset a time means another moment on each machine. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

export const TIME_EXPECTED =
  "a Date, milliseconds since the epoch, or ISO 8601 with its offset such as '2027-01-31T09:00:00Z'";

/**
 * A moment in whole milliseconds since the epoch.
 *
 * @throws {InvalidOptionError} when it is none of the forms above, or no moment of a calendar
 */
export function timeOf(input: TimeInput, option: string): number {
  const ms = readTime(input);
  if (ms !== undefined) return ms;
  const got = input instanceof Date ? String(input) : shown(input);
  throw new InvalidOptionError({ option, got, expected: TIME_EXPECTED });
}

function readTime(input: unknown): number | undefined {
  const text = typeof input === 'string' && ISO.test(input) && hasItsDay(input) ? Date.parse(input) : input;
  const ms = text instanceof Date ? text.getTime() : text;
  if (typeof ms !== 'number' || !(ms >= 0) || ms > LIMITS.time) return undefined;
  return Math.round(ms);
}

/** `Date.parse` takes 30 February for 2 March. */
function hasItsDay(iso: string): boolean {
  const day = iso.slice(0, 'yyyy-mm-dd'.length);
  const time = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day);
}
