import { type Chance, type Clock, isEnded } from '../contract/index.ts';
import { cancelWrite, explain, type JobRecord, type JobTable, requestCancelWrite } from '../state/index.ts';
import { type Accountable, checkAccountable } from './accountable.ts';
import { eachId, type IdResult } from './each-id.ts';
import { AlreadyEndedError, JobNotFoundError } from './errors.ts';
import { failedAt, takeStep } from './step.ts';

export interface OperateDeps {
  readonly table: JobTable;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Milliseconds that the record of an ended job is kept. */
  readonly retention: number;
  /** Milliseconds that the history of what is done to a job is kept. */
  readonly deadRetention: number;
}

/** What became of one id: `cancelled`, or still `running` and asked to end. */
export type CancelResult =
  | { readonly id: string; readonly ok: true; readonly status: 'cancelled' | 'running' }
  | Extract<IdResult, { readonly ok: false }>;

/**
 * Ends waiting jobs at once; asks running ones to end. A running job's signal fires at its worker's next beat; an attempt
 * that succeeds before it notices still counts as succeeded, and one that throws `Fail` as dead.
 *
 * @throws {InvalidOptionError} for `by` or `why`: nothing was done
 */
export async function cancel(
  deps: OperateDeps,
  ids: readonly string[],
  who: Accountable,
): Promise<CancelResult[]> {
  checkAccountable(who);
  return eachId(ids, (id) => cancelOne(deps, id, who));
}

async function cancelOne(deps: OperateDeps, id: string, who: Accountable): Promise<CancelResult> {
  const { table } = deps;
  try {
    let record = await takeStep({ id, step: 'reading the record', applied: 'no' }, () => table.get(id));
    while (record && !isEnded(record.status)) {
      const result = await cancelAsRead(deps, record, who);
      if (result.ok) return { id, ok: true, status: record.status === 'running' ? 'running' : 'cancelled' };
      // Somebody was faster: what stands there now decides. Each turn needs another's write, so this ends.
      record = result.old;
    }
    const missing = new JobNotFoundError({ id, tableName: table.tableName });
    return { id, ok: false, error: record ? new AlreadyEndedError({ id, status: record.status }) : missing };
  } catch (cause) {
    return { id, ok: false, error: failedAt({ id, step: 'writing the cancel', applied: 'unknown' }, cause) };
  }
}

function cancelAsRead(deps: OperateDeps, record: JobRecord, { by = 'client', why }: Accountable) {
  const { table, clock, chance, retention, deadRetention } = deps;
  const at = clock.now();
  const running = record.status === 'running';
  const write = running ? requestCancelWrite(record) : cancelWrite(record, { now: at, retention });
  return table.updateWith(
    explain(write, record, { by, why, at, unique: chance.nonce(), retention: deadRetention }),
  );
}
