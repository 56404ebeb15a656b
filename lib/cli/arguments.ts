import { InvalidArgumentError } from 'commander';
import {
  type DurationInput,
  isPriority,
  milliseconds,
  PRIORITIES,
  type Priority,
} from '../contract/index.ts';
import type { QueueSelection } from '../operate/index.ts';

// What commander hands over as text, read: what cannot be read ends in a usage error that names the option.

/** A point in time, or how long ago it was. */
export function moment(text: string): Date {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text)) return new Date(Date.now() - duration(text));
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError(
    "A time such as '2027-03-01T12:00:00Z', or an age such as '2h', is expected.",
  );
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
