import type { Status } from '../contract/index.ts';
import { detail } from './error-summary.ts';
import { count, optional, readFields, status, text, texts, textsWith, time } from './fields.ts';
import { type ErrorSummary, type Item, partitionKey, toItem } from './record.ts';

/** One failed execution, as an item of its own beside the job's record. */
export interface FailedAttempt {
  readonly id: string;
  readonly gen: string;
  readonly dispatch: number;
  /** From 1. */
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** What the attempt was settled with: `retrying`, `dead`, or `cancelled` where a cancel was requested. */
  readonly outcome: Status;
  readonly summary: ErrorSummary;
  readonly error: unknown;
  /** What the job died of, where that is another error than the attempt's. */
  readonly death?: ErrorSummary;
  /** The execution environment that ran it. */
  readonly worker: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** For the transaction of its settle: it stands where, and only where, the attempt counts. */
export function attemptItem(failed: FailedAttempt): Item {
  const { id, gen, summary, error, ...values } = failed;
  const sk = `attempt#${gen}#${String(failed.dispatch).padStart(6, '0')}`;
  const described = { ...summary, ...detail(error) };
  return toItem({ pk: partitionKey(id), sk, ...values, error: described });
}

/** A failed attempt as its item keeps it. */
export interface AttemptValues {
  readonly attempt: number;
  readonly dispatch: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Status;
  readonly worker: string;
  readonly error: Readonly<Record<string, string>>;
  readonly death?: ErrorSummary;
}

const FIELDS = {
  ...{ attempt: count, dispatch: count, startedAt: time, endedAt: time, outcome: status, worker: text },
  ...{ error: texts, death: optional(textsWith('name', 'message', 'fingerprint')) },
};

/** @throws {RecordUnreadableError} when the item is not as Millrace writes it */
export function readAttempt(item: Item, id: string): AttemptValues {
  return readFields(item, FIELDS, id) as AttemptValues;
}
