import type { Status } from '../contract/index.ts';
import { type Item, type JobRecord, partitionKey, toItem } from './record.ts';
import type { Event } from './transitions.ts';

/** Why a job's record changed otherwise than by an attempt: an item of its own beside the record. */
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
}

/** `unique` keeps two events of one millisecond apart. */
export function eventItem(
  { id, gen }: Pick<JobRecord, 'id' | 'gen'>,
  event: JobEvent,
  { unique, expiresAt }: { unique: string; expiresAt: number },
): Item {
  const sk = `event#${gen}#${String(event.at).padStart(15, '0')}#${unique}`;
  return toItem({ pk: partitionKey(id), sk, ...event, expiresAt });
}
