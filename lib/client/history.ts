import type { Status } from '../contract/index.ts';
import { type JobRecord, type JobTable, readAttempt, readEvent } from '../state/index.ts';
import { JobNotFoundError } from './errors.ts';
import { chain } from './history-chain.ts';
import { factsOf } from './history-facts.ts';

/** One transition of a job. */
export interface HistoryEntry {
  readonly time: Date;
  /** The state that the entry before led to; `none` of the first. */
  readonly from: Status | 'none';
  readonly to: Status;
  /** The attempt that began or ended, from 1. An execution that lost its lease, or was snoozed, counts as none. */
  readonly attempt?: number;
  /** The dispatch that it belongs to. */
  readonly dispatch: number;
  /** The execution environment of an attempt. */
  readonly worker?: string;
  /**
   * What a failed attempt ended with: `name`, `message`, `fingerprint`, `stack`, …; of a job that no attempt ended, the
   * first three of what it died of. `fingerprint` is the one that a dead job is listed by.
   */
  readonly error?: Readonly<Record<string, string>>;
  /** Who asked for what no attempt did, and why; of a requested cancel without a reason, that it is one. */
  readonly by?: string;
  readonly why?: string;
  /** The payload, as JSON, that a patch replaced. */
  readonly replaced?: string;
}

/**
 * A job's way through the states, in the order in which it went: acceptance, executions, failed attempts and their errors,
 * lost leases, what operators and Millrace itself did. Each entry begins in the state that the one before led to; the last
 * leads to the state that the record is in. A job that succeeded at once has no items but its record, which says it all.
 *
 * @throws {JobNotFoundError | RecordUnreadableError} no such job, or one of its items is not as Millrace writes it
 */
export async function history(table: JobTable, id: string): Promise<HistoryEntry[]> {
  let record = await table.get(id);
  while (record) {
    const { gen } = record;
    // Items of an earlier record of the same id carry another `gen` in their key.
    const [tried, told] = await Promise.all([
      table.itemsOf(id, `attempt#${gen}#`),
      table.itemsOf(id, `event#${gen}#`),
    ]);
    const now = await table.get(id);
    if (now && isSame(record, now)) {
      const attempts = tried.map((item) => readAttempt(item, id));
      const events = told.map((item) => readEvent(item, id));
      return chain(factsOf({ record, attempts, events }), record);
    }
    // It went on meanwhile: record and items tell of different moments. Each turn needs another's write, so this ends.
    record = now;
  }
  throw new JobNotFoundError({ id, tableName: table.tableName });
}

/** Whether no transition that stands in an item, or is told by the record alone, lies between the two. */
function isSame(before: JobRecord, now: JobRecord): boolean {
  const told = ['gen', 'status', 'dispatch', 'token', 'startedAt', 'endedAt', 'cancelRequested'] as const;
  return told.every((field) => before[field] === now[field]);
}
