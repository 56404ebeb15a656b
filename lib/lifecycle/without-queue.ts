import { InvalidOptionError, isWaiting, MillraceError, ResourceMissingError } from '../contract/index.ts';
import { LOG_LINES } from '../observe/index.ts';
import { deathOf, endingLine, explain, type JobRecord } from '../state/index.ts';
import { jobLog } from './job-log.ts';
import { type OutboxDeps, sendDispatch } from './outbox.ts';

export interface BuryDeps extends OutboxDeps {
  /** Milliseconds. */
  readonly deadRetention: number;
}

/** The job's pool or priority has no queue any more: no worker of this stack would ever take it. */
class QueueGoneError extends MillraceError {
  static override readonly errorName: string = 'QueueGoneError';
  override readonly code: string = 'QUEUE_GONE';

  constructor({ what, cause }: { what: string; cause: unknown }) {
    super({ what, fix: 'deploy the pool, then redrive the job', cause });
  }
}

/**
 * Sends a recorded dispatch; a job without a queue is dead, to look at and redrive. Tried again without end, it would hold
 * up all that stands behind it in the stream, and in the end be forgotten.
 */
export async function sendOrBury(
  deps: BuryDeps,
  record: JobRecord,
  { held }: { readonly held: () => boolean },
): Promise<void> {
  try {
    await sendDispatch(deps, record);
  } catch (cause) {
    // A deployment that adds a pool changes the function that enqueues and this one after the other.
    if (!isQueueGone(cause) || !isWaiting(record.status) || !held()) throw cause;
    await bury(deps, record, cause);
  }
}

/** The configuration names no such queue, or it was deleted. */
function isQueueGone(error: unknown): boolean {
  if (error instanceof InvalidOptionError) return error.context['option'] === 'queues';
  return error instanceof ResourceMissingError && error.context['resource'] === 'queue';
}

async function bury(deps: BuryDeps, record: JobRecord, cause: unknown): Promise<void> {
  const { table, clock, chance, logger, deadRetention } = deps;
  const { pool, priority, dispatch } = record;
  const now = clock.now();
  const why = `the stack has no queue for pool '${pool}', priority '${priority}'`;
  const error = new QueueGoneError({ what: why, cause });
  const ending = deathOf(record, { error, why, now, deadRetention });
  const result = await table.updateWith(
    explain(ending.write, record, {
      by: 'lifecycle',
      why,
      at: now,
      unique: chance.nonce(),
      retention: deadRetention,
    }),
  );
  // Otherwise it has moved on since: another change of it stands in the stream, or it has ended.
  if (result.ok)
    jobLog(logger, record).error(LOG_LINES.settled, { ...endingLine(ending), pool, priority, dispatch });
}
