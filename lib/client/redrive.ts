import type { Catalog } from '../contract/index.ts';
import type { Dispatcher } from '../dispatch/index.ts';
import {
  canRedrive,
  explain,
  type JobRecord,
  type JobTable,
  maybeUnstored,
  redriveWrite,
  replacePayload,
} from '../state/index.ts';
import { type Accountable, checkAccountable } from './accountable.ts';
import type { OperateDeps } from './cancel.ts';
import { eachId, type IdResult } from './each-id.ts';
import { JobNotFoundError, NotRedrivableError, PayloadNotStoredError } from './errors.ts';
import { checkListed, type ListedRedriveOptions } from './listed.ts';
import { type PayloadPatch, patchPayload } from './patch-payload.ts';
import { failedAt, readPayload, takeStep } from './step.ts';

export interface RedriveOptions extends Accountable {
  /**
   * Changes the payload. The new one has to fit the type's schema, or the job is not redriven; the one before it is kept
   * in the job's history.
   * @default the payload stays as it is
   */
  readonly patch?: PayloadPatch;
  /**
   * Whether to check only what would be done, and write nothing.
   * @default false
   */
  readonly dryRun?: boolean;
}

export interface RedriveDeps extends OperateDeps {
  /** What patched payloads are checked against. */
  readonly catalog: Catalog;
  readonly dispatcher: Dispatcher;
}

/**
 * Starts ended jobs anew, through the outbox: the lifecycle function sends them.
 *
 * @throws {InvalidOptionError} for `by` or `why`: nothing was done
 */
export async function redrive(
  deps: RedriveDeps,
  ids: readonly string[],
  options: ListedRedriveOptions,
): Promise<IdResult[]> {
  checkAccountable(options);
  return eachId(ids, (id) => redriveOne(deps, id, options));
}

async function redriveOne(deps: RedriveDeps, id: string, options: ListedRedriveOptions): Promise<IdResult> {
  const { table } = deps;
  try {
    let record = await takeStep({ id, step: 'reading the record', applied: 'no' }, () => table.get(id));
    for (;;) {
      if (record && options.listed) checkListed(record, options.listed);
      if (!record || !canRedrive(record)) break;
      const result = await redriveAsRead(deps, record, options);
      if (result.ok) return { id, ok: true };
      // Somebody was faster: what stands there now decides. Each turn needs another's write, so this ends.
      record = result.old;
    }
    const missing = new JobNotFoundError({ id, tableName: table.tableName });
    return { id, ok: false, error: record ? new NotRedrivableError({ id, status: record.status }) : missing };
  } catch (cause) {
    const step = { id, step: 'writing it to the outbox', applied: 'unknown' } as const;
    return { id, ok: false, error: failedAt(step, cause) };
  }
}

async function redriveAsRead(deps: RedriveDeps, record: JobRecord, options: RedriveOptions) {
  const { table, dispatcher, clock, chance, deadRetention } = deps;
  const { by = 'client', why, patch, dryRun = false } = options;
  // A job that could not be sent stays as it is.
  const before = { id: record.id, applied: 'no' } as const;
  await takeStep({ ...before, step: 'looking for its queue' }, () => dispatcher.check(record));
  const patching = { ...before, step: 'patching the payload' };
  const payload =
    patch === undefined ? undefined : await takeStep(patching, () => patchPayload(deps, record, patch));
  if (payload === undefined) await checkStored(table, record);
  if (dryRun) return { ok: true } as const;
  const at = clock.now();
  const explained = explain(redriveWrite(record, { now: at }), record, {
    ...{ by, why, at, replaced: payload?.replaced },
    unique: chance.nonce(),
    retention: deadRetention,
  });
  return table.updateWith(payload ? replacePayload(explained, record, payload) : explained);
}

/**
 * The outbox has nothing to send of a job whose enqueue stands still before it stored the payload. Looked at before the
 * write: a payload that is stored stays so.
 */
async function checkStored(table: JobTable, record: JobRecord): Promise<void> {
  if (!maybeUnstored(record) || (await readPayload(table, record)) !== undefined) return;
  throw new PayloadNotStoredError(record);
}
