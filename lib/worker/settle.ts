import {
  type Envelope,
  isEnded,
  isFar,
  type JobType,
  type Outcome,
  REFERENCE_VERSION,
  readEnvelope,
} from '../contract/index.ts';
import { LOG_LINES } from '../observe/index.ts';
import {
  attemptItem,
  dieWrite,
  type ErrorSummary,
  type ExplainedResult,
  type ExplainedWrite,
  envelopeOf,
  explain,
  type Held,
  type JobRecord,
  referenceOf,
  retryWrite,
  settleCancelledWrite,
  snoozeWrite,
  succeedWrite,
  summarise,
  type Write,
  type WriteResult,
} from '../state/index.ts';
import type { Delivery } from './delivery.ts';
import type { WorkerDeps } from './deps.ts';
import type { Lease } from './lease.ts';
import { dueAfterSnooze, nextAttempt } from './next-attempt.ts';
import { type Persistence, persist } from './persist.ts';
import { reason } from './reason.ts';
import type { SettleBatch } from './settle-batch.ts';

/** A job that this worker holds the lease of. */
export interface Claimed {
  readonly delivery: Delivery;
  readonly held: Held;
  readonly type: JobType;
  readonly startedAt: number;
  readonly lease: Lease;
}

/** What became of a message: `ack` deletes it, `leave` has it come back at `until` (milliseconds since the epoch). */
export type Verdict =
  | { readonly do: 'ack'; readonly why: string }
  | { readonly do: 'leave'; readonly why: string; readonly until: number };

/** The write that an outcome asks for, and whether a message of the next dispatch has to follow it: a far one is the outbox's. */
interface Settlement {
  readonly write: Write;
  readonly status: JobRecord['status'];
  readonly sends: boolean;
  readonly error?: unknown;
  /** What the record says that it died of, where that is not the attempt's error. */
  readonly death?: ErrorSummary;
}

/** Writes the outcome, sends the next dispatch where there is one, and says what to do with the message. */
export async function settle(
  deps: WorkerDeps,
  batch: SettleBatch,
  job: Claimed,
  outcome: Outcome,
): Promise<Verdict> {
  const settlement = settlementOf(deps, job, outcome);
  const told = settlement.status === 'succeeded' ? undefined : withStory(deps, job, settlement);
  let batched = settlement.status === 'succeeded';
  const result = await persist<WriteResult | ExplainedResult | 'written'>(trying(deps, job), () => {
    if (told) return deps.table.updateWith(told);
    // A batch is tried once; what it could not write goes by itself from then on.
    const write = batched ? batch.write(settlement.write) : deps.table.update(settlement.write);
    batched = false;
    return write;
  });
  if (result === 'written' || result.ok || wroteIt(result.old, job, settlement))
    return settled(deps, job, settlement);
  return fenced(deps, job, { ...settlement, old: result.old });
}

function settlementOf(deps: WorkerDeps, job: Claimed, outcome: Outcome): Settlement {
  const { held, type } = job;
  const now = deps.clock.now();
  const { retention, deadRetention } = deps.settings;
  const { id, deadline = Number.POSITIVE_INFINITY } = job.delivery.envelope;
  if (outcome.kind === 'succeed') {
    const write = succeedWrite(held, { now, retention, result: outcome.result });
    return { write, status: 'succeeded', sends: false };
  }
  if (outcome.kind === 'snooze') {
    const runAt = dueAfterSnooze(outcome.until, { now, deadline });
    const far = isFar(runAt, now);
    return { write: snoozeWrite(held, { runAt, far }), status: 'scheduled', sends: !far };
  }
  const next = nextAttempt(outcome, {
    ...{ id, retry: type.retry, attempt: held.attempts + 1, now, deadline },
    random: () => deps.chance.random(),
  });
  const { error } = outcome;
  if ('runAt' in next) {
    const { runAt } = next;
    const far = isFar(runAt, now);
    const write = retryWrite(held, { runAt, far, error: summarise(type.name, error) });
    return { write, status: 'retrying', sends: !far, error };
  }
  const unlessCancelled = outcome.kind === 'retry';
  const summary = summarise(type.name, next.error);
  const write = dieWrite(held, { now, retention: deadRetention, error: summary, unlessCancelled });
  return { write, status: 'dead', sends: false, error, death: next.error === error ? undefined : summary };
}

/**
 * The write and what the history is to tell of it, all or nothing: a failed attempt with its error, or else why the
 * execution left nothing to count. So an attempt that was fenced out stands in no history.
 */
function withStory(deps: WorkerDeps, job: Claimed, settlement: Settlement): ExplainedWrite {
  const { write, status } = settlement;
  if ('error' in settlement) return { write, item: failedAttempt(deps, job, settlement) };
  const { clock, chance, settings } = deps;
  const { id, gen, dispatch } = job.delivery.envelope;
  const { startedAt, held } = job;
  const { worker, deadRetention: retention } = settings;
  return explain(
    write,
    { id, gen, dispatch, status: 'running', attempts: held.attempts, startedAt, worker },
    {
      ...(status === 'cancelled' ? CANCELLED : { by: 'handler', why: `snoozed until ${dueBy(write)}` }),
      ...{ at: clock.now(), unique: chance.nonce(), retention },
    },
  );
}

const CANCELLED = { by: 'worker', why: 'a cancel was requested' };

function dueBy({ set }: Write): string {
  return new Date(Number(set['runAt'])).toISOString();
}

function failedAttempt({ clock, settings }: WorkerDeps, job: Claimed, { status, error, death }: Settlement) {
  const { id, gen, dispatch } = job.delivery.envelope;
  const endedAt = clock.now();
  return attemptItem({
    ...{ id, gen, dispatch, error, death, endedAt },
    attempt: job.held.attempts + 1,
    startedAt: job.startedAt,
    outcome: status,
    summary: summarise(job.type.name, error),
    worker: settings.worker,
    expiresAt: Math.ceil((endedAt + settings.deadRetention) / 1000),
  });
}

async function settled(
  deps: WorkerDeps,
  job: Claimed,
  { write, status, sends, error }: Settlement,
): Promise<Verdict> {
  report(deps, job, status, error);
  if (!sends) return { do: 'ack', why: status };
  const { dispatch, runAt } = write.set as { dispatch: number; runAt: number };
  const attempts = (write.set['attempts'] as number | undefined) ?? job.held.attempts;
  try {
    await deps.dispatcher.send({
      // Read once more: an upcaster or a handler may have changed the payload that it was given, and may do so yet.
      ...readEnvelope(job.delivery.source.body),
      dispatch,
      runAt,
      attempts,
      nonce: deps.chance.nonce(),
    });
    return { do: 'ack', why: status };
  } catch (error) {
    // The message comes back, finds the record one dispatch ahead and itself its holder, and sends it then.
    logger(deps, job).warn('next dispatch not sent yet', reason(error));
    return { do: 'leave', why: 'the next dispatch could not be sent', until: deps.clock.now() };
  }
}

/** A response that was lost: the record already says what this settle was to write. */
function wroteIt(
  old: JobRecord | undefined,
  { held, delivery }: Claimed,
  { status, write }: Settlement,
): boolean {
  if (!old || old.gen !== delivery.envelope.gen || old.status !== status) return false;
  const { dispatch, out, runAt } = write.set;
  // A far dispatch takes the token out: the time, to the millisecond and by chance, is what is left to know it by.
  if (out !== undefined) return old.out === out && old.dispatch === out && old.runAt === runAt;
  return old.token === held.token && (dispatch === undefined || old.dispatch === dispatch);
}

async function fenced(
  deps: WorkerDeps,
  job: Claimed,
  { old, ...settlement }: Settlement & { readonly old: JobRecord | undefined },
): Promise<Verdict> {
  const { held, delivery } = job;
  if (!old || old.gen !== delivery.envelope.gen) return { do: 'ack', why: 'the record was deleted' };
  const mine = old.token === held.token && old.status === 'running';
  if (mine && old.cancelRequested) {
    const { retention } = deps.settings;
    const write = settleCancelledWrite(held, { now: deps.clock.now(), retention });
    const told = withStory(deps, job, { ...settlement, write, status: 'cancelled', death: undefined });
    const result = await persist(trying(deps, job), () => deps.table.updateWith(told));
    if (result.ok || result.old?.status === 'cancelled') {
      report(deps, job, 'cancelled');
      return { do: 'ack', why: 'cancelled' };
    }
  }
  if (isEnded(old.status)) return { do: 'ack', why: `the job has ended: ${old.status}` };
  report(deps, job, 'fenced');
  const until = old.status === 'running' ? (old.leaseUntil ?? 0) + 1 : deps.clock.now();
  return { do: 'leave', why: 'another worker has taken the lease over', until };
}

/** What is not settled has to be executed again: it is tried for as long as the lease lasts. */
function trying(deps: WorkerDeps, job: Claimed): Persistence {
  const { clock, chance } = deps;
  return { clock, chance, until: () => job.lease.until, logger: logger(deps, job), what: 'settle' };
}

function report(deps: WorkerDeps, job: Claimed, outcome: string, error?: unknown): void {
  const { enqueuedAt, runAt, priority, pool, dispatch } = job.delivery.envelope;
  const now = deps.clock.now();
  const line = {
    ...{ outcome, priority, pool, dispatch },
    duration_ms: now - job.startedAt,
    wait_ms: job.startedAt - Math.max(enqueuedAt, runAt),
    age_ms: now - enqueuedAt,
    ...(error !== undefined && reason(error)),
  };
  if (outcome === 'dead') logger(deps, job).error(LOG_LINES.settled, line);
  else logger(deps, job).info(LOG_LINES.settled, line);
}

export function logger(deps: WorkerDeps, { delivery, held }: Pick<Claimed, 'delivery' | 'held'>) {
  const { id, type, tenant, correlationId } = delivery.envelope;
  return deps.logger.child({
    job_id: id,
    job_type: type,
    attempt: held.attempts + 1,
    tenant,
    correlation_id: correlationId,
  });
}

/**
 * The message of a dispatch that stands in the record, with its payload as the message of another one has it: one that
 * was not executed, so that nothing can have changed it.
 */
export function resend({ chance, dispatcher }: WorkerDeps, record: JobRecord, from: Envelope): Promise<void> {
  const nonce = chance.nonce();
  if (from.v === REFERENCE_VERSION) return dispatcher.send(referenceOf(record, { nonce }));
  return dispatcher.send(envelopeOf(record, { nonce, payload: JSON.stringify(from.payload) }));
}
