import { InvalidOptionError } from '../contract/index.ts';

/** 2027-01-01: when a test's time begins unless it says otherwise. */
export const START = Date.UTC(2027, 0, 1);

/**
 * A time of the caller's in milliseconds since the epoch.
 *
 * @throws {InvalidOptionError}
 */
export function timeOf(value: Date | number, option: string): number {
  const ms = Number(value);
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  const expected = 'a Date, or whole milliseconds since the epoch';
  throw new InvalidOptionError({ option, got: String(value), expected });
}
