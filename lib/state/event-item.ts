import type { Status } from '../contract/index.ts';
import { count, filled, optional, readFields, status, text, time } from './fields.ts';
import { type Item, type JobRecord, partitionKey, toItem } from './record.ts';
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
  /** The payload, as JSON, that another one was put in place of. */
  readonly replaced?: string;
  /** Of a job that had succeeded: its last attempt, which has no item of its own and is gone from the record now. */
  readonly attempt?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
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
  Partial<Pick<JobRecord, 'attempts' | 'startedAt' | 'endedAt'>>;

/** The mark that it adds to the write has the event deleted with the record. */
export function explain(
  write: Write,
  record: Explained,
  { by, why, replaced, at, unique, retention }: Explanation,
): ExplainedWrite {
  const { status: to, dispatch = record.dispatch } = write.set as { status: Status; dispatch?: number };
  const event: JobEvent = {
    on: write.on,
    from: record.status,
    to,
    at,
    dispatch,
    by,
    why,
    replaced,
    ...success(record),
  };
  const sk = `event#${record.gen}#${String(at).padStart(15, '0')}#${unique}`;
  const expiresAt = Math.ceil((at + retention) / 1000);
  return {
    write: { ...write, set: { ...write.set, parts: 1 } },
    item: toItem({ pk: partitionKey(record.id), sk, ...event, expiresAt }),
  };
}

/** What only the record of a succeeded job tells of its last attempt. */
function success({ status, attempts, startedAt, endedAt }: Explained): Partial<JobEvent> {
  return status === 'succeeded' ? { attempt: attempts, startedAt, endedAt } : {};
}

const FIELDS = {
  on: filled,
  from: status,
  to: status,
  at: time,
  dispatch: count,
  by: text,
  why: optional(text),
  replaced: optional(text),
  attempt: optional(count),
  startedAt: optional(time),
  endedAt: optional(time),
};

/** @throws {RecordUnreadableError} when the item is not as Millrace writes it */
export function readEvent(item: Item, id: string): JobEvent {
  return readFields(item, FIELDS, id) as JobEvent;
}
