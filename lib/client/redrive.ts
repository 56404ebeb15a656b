import { MillraceError } from '../contract/index.ts';
import { canRedrive, type JobRecord, redriveWrite } from '../state/index.ts';
import type { AcceptDeps } from './accept.ts';
import { EnqueueFailedError, JobNotFoundError, NotRedrivableError } from './errors.ts';

/** What became of one id of a redrive. */
export type RedriveResult =
  | { readonly id: string; readonly ok: true }
  | { readonly id: string; readonly ok: false; readonly error: Error };

type RedriveDeps = Pick<AcceptDeps, 'table' | 'clock'>;

/** Requests that are under way at once. */
const PARALLEL = 8;

/** Starts ended jobs anew, through the outbox: the lifecycle function sends them. */
export async function redrive(deps: RedriveDeps, ids: readonly string[]): Promise<RedriveResult[]> {
  const results: RedriveResult[] = [];
  const queue = ids.entries();
  const run = async () => {
    for (const [at, id] of queue) results[at] = await redriveOne(deps, id);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, ids.length) }, run));
  return results;
}

async function redriveOne({ table, clock }: RedriveDeps, id: string): Promise<RedriveResult> {
  try {
    let record = await table.get(id);
    while (record && canRedrive(record)) {
      const result = await table.update(redriveWrite(record, { now: clock.now() }));
      if (result.ok || isRedriven(result.old, record)) return { id, ok: true };
      // Somebody was faster: what stands there now decides. Each turn needs another's write, so this ends.
      record = result.old;
    }
    return { id, ok: false, error: refusal(id, record, table.tableName) };
  } catch (cause) {
    const step = 'writing it to the outbox';
    const error =
      cause instanceof MillraceError ? cause : new EnqueueFailedError({ id, type: 'redriven', step, cause });
    return { id, ok: false, error };
  }
}

/** What the write would have made of it: ours, whose answer was lost, or another's at the same time. Both did what was asked. */
function isRedriven(now: JobRecord | undefined, before: JobRecord): boolean {
  return now?.gen === before.gen && now.dispatch === before.dispatch + 1 && now.out === now.dispatch;
}

function refusal(id: string, record: JobRecord | undefined, tableName: string): MillraceError {
  return record
    ? new NotRedrivableError({ id, status: record.status })
    : new JobNotFoundError({ id, tableName });
}
