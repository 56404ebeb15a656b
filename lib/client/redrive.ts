import { MillraceError } from '../contract/index.ts';
import { canRedrive, explain, type JobRecord, redriveWrite } from '../state/index.ts';
import type { Accountable, OperateDeps } from './cancel.ts';
import { eachId, type IdResult } from './each-id.ts';
import { JobNotFoundError, NotRedrivableError, OperationFailedError } from './errors.ts';

/** Starts ended jobs anew, through the outbox: the lifecycle function sends them. */
export function redrive(deps: OperateDeps, ids: readonly string[], who: Accountable): Promise<IdResult[]> {
  return eachId(ids, (id) => redriveOne(deps, id, who));
}

async function redriveOne(deps: OperateDeps, id: string, who: Accountable): Promise<IdResult> {
  const { table } = deps;
  try {
    let record = await table.get(id);
    while (record && canRedrive(record)) {
      const result = await redriveAsRead(deps, record, who);
      if (result.ok) return { id, ok: true };
      // Somebody was faster: what stands there now decides. Each turn needs another's write, so this ends.
      record = result.old;
    }
    const missing = new JobNotFoundError({ id, tableName: table.tableName });
    return { id, ok: false, error: record ? new NotRedrivableError({ id, status: record.status }) : missing };
  } catch (cause) {
    if (cause instanceof MillraceError) return { id, ok: false, error: cause };
    return {
      id,
      ok: false,
      error: new OperationFailedError({ id, step: 'writing it to the outbox', cause }),
    };
  }
}

function redriveAsRead(deps: OperateDeps, record: JobRecord, { by = 'client', why }: Accountable) {
  const { table, clock, chance, deadRetention } = deps;
  const at = clock.now();
  return table.updateWith(
    explain(redriveWrite(record, { now: at }), record, {
      ...{ by, why, at },
      unique: chance.nonce(),
      retention: deadRetention,
    }),
  );
}
