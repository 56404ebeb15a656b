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

/** The job's message cannot be made of what the record keeps, on this Node: it nests too deep to be written, say. */
class MessageUnwritableError extends MillraceError {
  static override readonly errorName: string = 'MessageUnwritableError';
  override readonly code: string = 'MESSAGE_UNWRITABLE';

  constructor({ what, cause }: { what: string; cause: Error }) {
    super({
      what,
      got: `${cause.name}: ${cause.message}`,
      expected: 'a payload that this Node can write as JSON',
      fix: 'redrive the job with a patch that mends its payload',
      cause,
    });
  }
}

/**
 * Sends a recorded dispatch; a job without a queue, or whose message cannot be made, is dead, to look at and redrive. Tried
 * again without end, it would hold up all that stands behind it in the stream, and in the end be forgotten.
 */
export async function sendOrBury(
  deps: BuryDeps,
  record: JobRecord,
  { held }: { readonly held: () => boolean },
): Promise<void> {
  try {
    await sendDispatch(deps, record);
  } catch (cause) {
    const death = deathBy(record, cause);
    // A deployment that adds a pool changes the function that enqueues and this one after the other.
    if (!death || !isWaiting(record.status) || !held()) throw cause;
    await bury(deps, record, death);
  }
}

interface Death {
  readonly error: MillraceError;
  readonly why: string;
}

/** What the job is dead of when that goes on; undefined: AWS, or the network, may send it yet. */
function deathBy({ pool, priority }: JobRecord, cause: unknown): Death | undefined {
  if (isQueueGone(cause)) {
    const why = `the stack has no queue for pool '${pool}', priority '${priority}'`;
    return { why, error: new QueueGoneError({ what: why, cause }) };
  }
  if (!isOfThisCode(cause)) return undefined;
  const why = 'its message cannot be written';
  return { why, error: new MessageUnwritableError({ what: why, cause }) };
}

/** JavaScript's own errors: what this code does with this record, the same at each try. */
const OWN = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

/** What the SDK or Node met on the way carries what they know of it: an answer that is no JSON, an endpoint that is no URL. */
function isOfThisCode(error: unknown): error is Error {
  if (!(error instanceof Error) || !OWN.some((kind) => error instanceof kind)) return false;
  return !['$metadata', '$response', 'code'].some((known) => known in error);
}

/** The configuration names no such queue, or it was deleted. */
function isQueueGone(error: unknown): boolean {
  if (error instanceof InvalidOptionError) return error.context['option'] === 'queues';
  return error instanceof ResourceMissingError && error.context['resource'] === 'queue';
}

async function bury(deps: BuryDeps, record: JobRecord, { error, why }: Death): Promise<void> {
  const { table, clock, chance, logger, deadRetention } = deps;
  const { pool, priority, dispatch } = record;
  const now = clock.now();
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
