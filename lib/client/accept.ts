import { isEnded, MillraceError } from '../contract/index.ts';
import type { Dispatcher } from '../dispatch/index.ts';
import {
  type CreateResult,
  envelopeOf,
  type JobRecord,
  markWrite,
  maybeUnsent,
  maybeUnstored,
  redispatchWrite,
} from '../state/index.ts';
import type { OperateDeps } from './cancel.ts';
import { EnqueueFailedError, IdempotencyConflictError } from './errors.ts';
import { notSent } from './not-sent.ts';
import type { EnqueuedJob } from './options.ts';
import type { Prepared } from './prepare.ts';

export interface AcceptDeps extends OperateDeps {
  readonly dispatcher: Dispatcher;
}

/** Records a job, then sends it; a send that fails leaves the job to the outbox, and so does a time that is far away. */
export async function accept(deps: AcceptDeps, job: Prepared): Promise<EnqueuedJob> {
  const { record } = job;
  const created = await attempt(record, 'recording it', () => deps.table.create(job, deps.clock.now()));
  if (!created.created) return repeated(deps, job, created.existing);
  if (job.far) {
    await handOver(deps, job);
    return { id: record.id, deduplicated: false };
  }
  try {
    await deps.dispatcher.send(messageOf(deps, job));
  } catch (error) {
    await sendFailed(deps, record, error);
  }
  return { id: record.id, deduplicated: false };
}

/** As `accept` for jobs of different ids: few requests, and a result for each. */
export async function acceptMany(
  deps: AcceptDeps,
  jobs: readonly Prepared[],
): Promise<PromiseSettledResult<EnqueuedJob>[]> {
  let created: PromiseSettledResult<CreateResult>[];
  try {
    created = await deps.table.createMany(jobs, deps.clock.now());
  } catch (reason) {
    // Certain for all of them: the table is another one.
    return jobs.map(() => ({ status: 'rejected', reason }));
  }
  const fresh = jobs.filter(({ far }, i) => !far && isCreated(created[i]));
  const sent = await deps.dispatcher.sendMany(fresh.map((job) => messageOf(deps, job)));
  return Promise.allSettled(
    jobs.map(async (job, i) => {
      const { record } = job;
      const put = created[i];
      if (put?.status !== 'fulfilled')
        return attempt(record, 'recording it', () => Promise.reject(put?.reason));
      if (!put.value.created) return repeated(deps, job, put.value.existing);
      if (job.far) {
        await handOver(deps, job);
        return { id: record.id, deduplicated: false };
      }
      const result = sent[fresh.indexOf(job)];
      if (result?.status !== 'fulfilled') await sendFailed(deps, record, result?.reason);
      return { id: record.id, deduplicated: false };
    }),
  );
}

/** A far job is born in the outbox, unless its payload had to be stored first. */
async function handOver(deps: AcceptDeps, { record }: Prepared): Promise<void> {
  if (record.out === undefined) await mark(deps, record, 'scheduled');
}

function isCreated(result: PromiseSettledResult<CreateResult> | undefined): boolean {
  return result?.status === 'fulfilled' && result.value.created;
}

function messageOf({ chance }: AcceptDeps, { record, json }: Prepared) {
  return envelopeOf(record, { nonce: chance.nonce(), payload: json });
}

/** The record was there already: the same work, or a conflict. */
async function repeated(deps: AcceptDeps, job: Prepared, existing: JobRecord): Promise<EnqueuedJob> {
  const { id, type, key, payloadHash } = job.record;
  if (key === undefined || existing.payloadHash !== payloadHash) {
    throw new IdempotencyConflictError({ id, type, key: key ?? '' });
  }
  if (maybeUnsent(existing)) {
    // The first enqueuer may have died before its send, or even before it stored the payload.
    const { payload } = existing;
    if (payload === undefined)
      await attempt(existing, 'storing its payload', () => deps.table.putPayload(existing, job.json));
    await mark(deps, existing, existing.status);
  } else if (await lacksPayload(deps, existing)) {
    return supplied(deps, job, existing);
  }
  return { id, deduplicated: true };
}

/** Whether the payload was never stored: where the outbox was asked to send the job, it had nothing to send, and has given up. */
async function lacksPayload({ table }: AcceptDeps, record: JobRecord): Promise<boolean> {
  if (!maybeUnstored(record)) return false;
  return (await attempt(record, 'looking for its payload', () => table.payloadOf(record))) === undefined;
}

/**
 * Stores the payload and has the outbox send the next dispatch. Where the record has moved on, what it is now decides. A
 * job that has ended stays so, and can be redriven now.
 */
async function supplied(deps: AcceptDeps, job: Prepared, existing: JobRecord): Promise<EnqueuedJob> {
  const { table, clock } = deps;
  await attempt(existing, 'storing its payload', () => table.putPayload(existing, job.json));
  if (isEnded(existing.status)) return { id: existing.id, deduplicated: true };
  const write = redispatchWrite(existing, { now: clock.now(), hops: existing.hops ?? 0 });
  const result = await attempt(existing, 'handing it to the outbox', () => table.update(write));
  if (result.ok || !result.old) return { id: existing.id, deduplicated: true };
  return repeated(deps, job, result.old);
}

async function sendFailed(deps: AcceptDeps, record: JobRecord, error: unknown): Promise<void> {
  // Wrong configuration is the caller's to know now; whatever may pass is the outbox's to bridge.
  if (error instanceof MillraceError && !error.retryable) throw await notSent(deps, record, error);
  await mark(deps, record, record.status === 'scheduled' ? 'scheduled' : 'queued');
}

/** A failed condition is success: the job was claimed, or the outbox has it. */
async function mark(deps: AcceptDeps, record: JobRecord, status: 'queued' | 'scheduled'): Promise<void> {
  const write = markWrite(record, status, { now: deps.clock.now() });
  await attempt(record, 'handing it to the outbox', () => deps.table.update(write));
}

async function attempt<T>({ id, type }: JobRecord, step: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw cause instanceof MillraceError ? cause : new EnqueueFailedError({ id, type, step, cause });
  }
}
