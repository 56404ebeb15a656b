import type { Status } from '../contract/index.ts';
import { count, filled, optional, readFields, status, text, textsWith, time } from './fields.ts';
import { type ErrorSummary, type Item, type JobRecord, partitionKey, toItem } from './record.ts';
import type { Event } from './transitions.ts';
import type { Write } from './write.ts';

/** Why a job's record changed otherwise than by a failed attempt: an item of its own beside the record. */
export interface JobEvent {
  readonly on: Event;
  readonly from: Status;
  readonly to: Status;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The dispatch that stood in the record afterwards. */
  readonly dispatch: number;
  /** Who asked: a person, a program, a part of Millrace. */
  readonly by: string;
  readonly why?: string;
  /** What the job died of, as its record has it: a redrive takes it out of there. */
  readonly error?: ErrorSummary;
  /** The payload, as JSON, that another one was put in place of. */
  readonly replaced?: string;
  /**
   * Of a job that ran, or had succeeded: the execution that only its record told of, and may not tell of any more. One
   * that did not end well has no `endedAt`.
   */
  readonly attempt?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly worker?: string;
}

export interface Explanation {
  readonly by: string;
  readonly why?: string;
  readonly replaced?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Keeps two events of one millisecond apart. */
  readonly unique: string;
  /** Milliseconds that the event is kept. */
  readonly retention: number;
}

/** A write, and the item that says why: for `updateWith`, which writes all or nothing. */
export interface ExplainedWrite {
  readonly write: Write;
  readonly item: Item;
  /** A payload that is to stand in an item of its own. */
  readonly payload?: Item;
}

/** What an explanation says of the record as it was. */
type Explained = Pick<JobRecord, 'id' | 'gen' | 'status' | 'dispatch'> &
  Partial<Pick<JobRecord, 'attempts' | 'startedAt' | 'endedAt' | 'worker'>>;

/** The mark that it adds to the write has the event deleted with the record. */
export function explain(
  write: Write,
  record: Explained,
  { by, why, replaced, at, unique, retention }: Explanation,
): ExplainedWrite {
  const { status: to, dispatch = record.dispatch } = write.set as { status: Status; dispatch?: number };
  const { error } = write.set as { error?: ErrorSummary };
  const event: JobEvent = {
    on: write.on,
    from: record.status,
    to,
    at,
    dispatch,
    by,
    why,
    error,
    replaced,
    ...execution(record),
  };
  const sk = `event#${record.gen}#${String(at).padStart(15, '0')}#${unique}`;
  const expiresAt = Math.ceil((at + retention) / 1000);
  return {
    write: { ...write, set: { ...write.set, parts: 1 } },
    item: toItem({ pk: partitionKey(record.id), sk, ...event, expiresAt }),
  };
}

/** What only the record tells of the execution that stands in it. A failed attempt has an item that tells. */
function execution({ status, attempts, startedAt, endedAt, worker }: Explained): Partial<JobEvent> {
  if (status === 'succeeded') return { attempt: attempts, startedAt, endedAt, worker };
  if (status !== 'running' || attempts === undefined) return {};
  return { attempt: attempts + 1, startedAt, worker };
}

const FIELDS = {
  on: filled,
  from: status,
  to: status,
  at: time,
  dispatch: count,
  by: text,
  why: optional(text),
  error: optional(textsWith('name', 'message', 'fingerprint')),
  replaced: optional(text),
  attempt: optional(count),
  startedAt: optional(time),
  endedAt: optional(time),
  worker: optional(text),
};

/** @throws {RecordUnreadableError} when the item is not as Millrace writes it */
export function readEvent(item: Item, id: string): JobEvent {
  return readFields(item, FIELDS, id) as JobEvent;
}
