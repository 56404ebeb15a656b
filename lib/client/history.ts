import type { Status } from '../contract/index.ts';
import {
  type AttemptValues,
  type JobEvent,
  type JobRecord,
  type JobTable,
  readAttempt,
  readEvent,
} from '../state/index.ts';
import { JobNotFoundError } from './errors.ts';

/** One transition of a job. */
export interface HistoryEntry {
  readonly time: Date;
  readonly from: Status | 'none';
  readonly to: Status;
  /** The attempt that began or ended, from 1. */
  readonly attempt?: number;
  /** The dispatch that it belongs to. */
  readonly dispatch: number;
  /** The execution environment of an attempt. */
  readonly worker?: string;
  /** What a failed attempt ended with: `name`, `message`, `fingerprint`, `stack`, … */
  readonly error?: Readonly<Record<string, string>>;
  /** Who asked for what no attempt did, and why. */
  readonly by?: string;
  readonly why?: string;
  /** The payload, as JSON, that a patch replaced. */
  readonly replaced?: string;
}

/**
 * A job's way through the states, oldest first: acceptance, failed attempts and their errors, what operators and Millrace
 * itself did, and where it stands. A job that succeeded at once has no items but its record, which says it all.
 *
 * @throws {JobNotFoundError | RecordUnreadableError} no such job, or one of its items is not as Millrace writes it
 */
export async function history(table: JobTable, id: string): Promise<HistoryEntry[]> {
  const record = await table.get(id);
  if (!record) throw new JobNotFoundError({ id, tableName: table.tableName });
  // Items of an earlier record of the same id carry another `gen` in their key.
  const [tried, told] = await Promise.all([
    table.itemsOf(id, `attempt#${record.gen}#`),
    table.itemsOf(id, `event#${record.gen}#`),
  ]);
  const attempts = tried.map((item) => readAttempt(item, id));
  const events = told.map((item) => readEvent(item, id));
  const entries = [accepted(record), ...attempts.flatMap(attempted), ...events.flatMap(changed)];
  const newest = attempts.at(-1);
  if (record.startedAt !== undefined && record.startedAt > (newest?.startedAt ?? 0))
    entries.push(...current(record));
  // Sorting is stable: what happened in one millisecond stays in the order in which it can have happened.
  return entries.sort((a, b) => a.time.getTime() - b.time.getTime());
}

function accepted({ enqueuedAt, dispatch, attempts, status, runAt }: JobRecord): HistoryEntry {
  const entry = { time: new Date(enqueuedAt), from: 'none', dispatch: 0 } as const;
  const untouched = status === 'scheduled' && dispatch === 0 && attempts === 0;
  if (!untouched) return { ...entry, to: 'queued' };
  return { ...entry, to: 'scheduled', why: `due at ${new Date(runAt).toISOString()}` };
}

function attempted({
  attempt,
  dispatch,
  startedAt,
  endedAt,
  outcome,
  worker,
  error,
}: AttemptValues): HistoryEntry[] {
  const from = attempt > 1 ? 'retrying' : 'queued';
  const same = { attempt, dispatch, worker };
  return [
    { time: new Date(startedAt), from, to: 'running', ...same },
    { time: new Date(endedAt), from: 'running', to: outcome, ...same, error },
  ];
}

function changed({ from, to, at, dispatch, by, why, replaced, ...before }: JobEvent): HistoryEntry[] {
  const entry = {
    time: new Date(at),
    from,
    to,
    dispatch,
    by,
    why,
    ...(replaced !== undefined && { replaced }),
  };
  const { attempt, startedAt, endedAt } = before;
  if (attempt === undefined || startedAt === undefined || endedAt === undefined) return [entry];
  return [...succeeded({ attempt, startedAt, endedAt, dispatch: dispatch - 1 }), entry];
}

function succeeded(it: {
  attempt: number;
  startedAt: number;
  endedAt: number;
  dispatch: number;
}): HistoryEntry[] {
  const { attempt, dispatch } = it;
  const from = attempt > 1 ? 'retrying' : 'queued';
  return [
    { time: new Date(it.startedAt), from, to: 'running', attempt, dispatch },
    { time: new Date(it.endedAt), from: 'running', to: 'succeeded', attempt, dispatch },
  ];
}

/** The attempt that left no item: it runs, or it went well. */
function current({ startedAt = 0, endedAt, status, attempts, dispatch }: JobRecord): HistoryEntry[] {
  if (status === 'succeeded' && endedAt !== undefined)
    return succeeded({ attempt: attempts, startedAt, endedAt, dispatch });
  const attempt = attempts + 1;
  const from = attempt > 1 ? 'retrying' : 'queued';
  return [{ time: new Date(startedAt), from, to: 'running', attempt, dispatch }];
}
