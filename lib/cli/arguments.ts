import { InvalidArgumentError } from 'commander';
import {
  type DurationInput,
  isDuration,
  isPriority,
  milliseconds,
  PRIORITIES,
  type Priority,
  systemClock,
  type TimeInput,
  timeOf,
} from '../contract/index.ts';
import type { QueueSelection } from '../operate/index.ts';

// What commander hands over as text, read: what cannot be read ends in a usage error that names the option.

/** The forms of a moment, for help and errors. */
export const MOMENT =
  "an age such as '2h', a date such as '2027-03-01' (its midnight in UTC), or a time with its offset such as '2027-03-01T12:00:00Z'";

const DATE = /^\d{4}-\d\d-\d\d$/;

/** A point in time, or how long ago it was. Nothing else: `Date` would take '2' for a day in February. */
export function moment(text: string): Date {
  try {
    if (isDuration(text)) return new Date(Math.max(0, systemClock.now() - milliseconds(text, 'age')));
    return new Date(timeOf((DATE.test(text) ? `${text}T00:00:00Z` : text) as TimeInput, 'time'));
  } catch {
    throw new InvalidArgumentError(`Expected: ${MOMENT}.`);
  }
}

export function duration(text: string): number {
  try {
    return milliseconds(text as DurationInput, 'duration');
  } catch {
    throw new InvalidArgumentError("A duration such as '30s', '15m', '2h' is expected.");
  }
}

export function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('A number above 0 is expected.');
}

export function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('A whole number from 1 is expected.');
}

export function priority(text: string): Priority {
  if (isPriority(text)) return text;
  throw new InvalidArgumentError(`One of ${PRIORITIES.join(', ')} is expected.`);
}

/** `pool`, or `pool/priority`. */
export function queueSelection(text: string): QueueSelection {
  const [pool = '', priority, ...more] = text.split('/');
  if (pool !== '' && more.length === 0) {
    if (priority === undefined) return { pool };
    if (isPriority(priority)) return { pool, priority };
  }
  throw new InvalidArgumentError(
    `A pool, or pool/priority with one of ${PRIORITIES.join(', ')}, is expected.`,
  );
}
