import type { WAITING } from '../contract/index.ts';
import type { Claimant } from './claim.ts';
import { droppedBy, type Next, nextDispatch } from './next-dispatch.ts';
import type { ErrorSummary, JobRecord } from './record.ts';
import { shardOf } from './shard.ts';
import { asRead, type Condition, equals, missing, transition, type Write } from './write.ts';

/** What a worker knows of the job that it holds. */
export interface Held {
  readonly message: Claimant;
  readonly token: string;
  /** As the record counts them now: settled attempts, and claims without an outcome, this one included. */
  readonly attempts: number;
  readonly unsettled: number;
}

interface Ending {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds that the record is kept. */
  readonly retention: number;
}

/** Shards of the index of dead jobs: a mass failure spreads over as many partitions. */
export const DEAD_SHARDS = 8;

/** What the index of dead jobs lists, each kind by itself. */
export type DeadKind = 'dead' | 'expired' | 'quarantined';

export function deadShard(kind: DeadKind, id: string): string {
  return `${kind}#${shardOf(id, DEAD_SHARDS)}`;
}

function held({ message, token }: Pick<Held, 'message' | 'token'>): Condition[] {
  return [equals('gen', message.gen), equals('token', token)];
}

function counted({ attempts, unsettled }: Held) {
  return { attempts: attempts + 1, unsettled: unsettled - 1 };
}

function ended({ now, retention }: Ending) {
  return { endedAt: now, expiresAt: Math.ceil((now + retention) / 1000) };
}

function buried(id: string, ending: Ending, error: ErrorSummary) {
  return { ...ended(ending), error: { ...error }, deadShard: deadShard('dead', id), deadAt: ending.now };
}

/** Takes a job out of the sparse index: whatever ended needs no sweeper. A statement of a batch removes no more than one. */
const UNWATCHED = 'watchShard';

/** Claimed and not executed: back to the queue, no attempt burnt, nothing left unsettled, and no trace of a start. */
export function releaseWrite(job: Held): Write {
  return transition({
    id: job.message.id,
    on: 'release',
    from: ['running'],
    to: 'queued',
    // Whoever claimed it knew its type: the start that says so goes.
    set: { unsettled: job.unsettled - 1 },
    remove: ['token', 'startedAt', 'worker', 'unknownSince'],
    where: held(job),
  });
}

/** The lease goes on, unless it was lost, a cancel was requested, or it goes on for as long already. */
export function heartbeatWrite(job: Pick<Held, 'message' | 'token'>, leaseUntil: number): Write {
  return transition({
    id: job.message.id,
    on: 'heartbeat',
    from: ['running'],
    to: 'running',
    set: { leaseUntil },
    // A request that comes late, or a second time, shortens nothing.
    where: [...held(job), missing('cancelRequested'), { attr: 'leaseUntil', is: '<', value: leaseUntil }],
  });
}

/** The token stays, so that a settle whose response was lost recognises its own write. */
export function succeedWrite(job: Held, ending: Ending & { readonly result: string | undefined }): Write {
  return transition({
    id: job.message.id,
    on: 'succeed',
    from: ['running'],
    to: 'succeeded',
    set: { ...counted(job), ...ended(ending), result: ending.result },
    remove: [UNWATCHED],
    where: held(job),
  });
}

/** The next dispatch stands in the record before its message is sent; holder and token stay for whoever has to resend. */
export function retryWrite(job: Held, next: Next & { readonly error: ErrorSummary }): Write {
  const { set, remove } = nextDispatch(job.message.dispatch + 1, next);
  return transition({
    id: job.message.id,
    on: 'retry',
    from: ['running'],
    to: 'retrying',
    set: { ...counted(job), ...set, error: { ...next.error }, parts: 1 },
    remove,
    where: [...held(job), missing('cancelRequested')],
  });
}

export function snoozeWrite(job: Held, next: Next): Write {
  const { set, remove } = nextDispatch(job.message.dispatch + 1, next);
  return transition({
    id: job.message.id,
    on: 'snooze',
    from: ['running'],
    to: 'scheduled',
    set: { unsettled: job.unsettled - 1, ...set },
    remove,
    where: [...held(job), missing('cancelRequested')],
  });
}

/** `unlessCancelled`: for an attempt that failed as one may whose signal fired; a handler's own `Fail` stands. */
export function dieWrite(
  job: Held,
  ending: Ending & { readonly error: ErrorSummary; readonly unlessCancelled?: boolean },
): Write {
  return transition({
    id: job.message.id,
    on: 'die',
    from: ['running'],
    to: 'dead',
    set: { ...counted(job), ...buried(job.message.id, ending, ending.error), parts: 1 },
    remove: [UNWATCHED],
    where: ending.unlessCancelled ? [...held(job), missing('cancelRequested')] : held(job),
  });
}

/** The attempt ended while a cancel was requested: no retry, no snooze. */
export function settleCancelledWrite(job: Held, ending: Ending): Write {
  return transition({
    id: job.message.id,
    on: 'cancel',
    from: ['running'],
    to: 'cancelled',
    set: { ...counted(job), ...ended(ending), parts: 1 },
    remove: [UNWATCHED],
    where: [...held(job), equals('cancelRequested', true)],
  });
}

/** The record as it was read: what a decision by a failed claim rests on. */
function unchanged(record: JobRecord): Condition[] {
  const { gen, dispatch, token, leaseUntil, out } = record;
  return [
    equals('gen', gen),
    equals('dispatch', dispatch),
    asRead('token', token),
    asRead('leaseUntil', leaseUntil),
    // What the outbox was asked for since may stand on a one-time schedule, which the write would not drop.
    asRead('out', out),
  ];
}

/** The lease lapsed too often, or past the deadline, or the recorder brought the job back too often. */
export function buryWrite(record: JobRecord, ending: Ending & { readonly error: ErrorSummary }): Write {
  return transition({
    id: record.id,
    on: 'die',
    from: [record.status as 'running'],
    to: 'dead',
    set: { ...buried(record.id, ending, ending.error), ...droppedBy(record, ending.now) },
    remove: ['out', UNWATCHED],
    where: unchanged(record),
  });
}

export function cancelWrite(record: JobRecord, ending: Ending): Write {
  return transition({
    id: record.id,
    on: 'cancel',
    from: [record.status as 'running'],
    to: 'cancelled',
    set: { ...ended(ending), ...droppedBy(record, ending.now) },
    remove: ['out', UNWATCHED],
    where: unchanged(record),
  });
}

/** The worker that holds the lease, or whoever finds it lapsed, ends the job. */
export function requestCancelWrite(record: JobRecord): Write {
  return transition({
    id: record.id,
    on: 'requestCancel',
    from: ['running'],
    to: 'running',
    set: { cancelRequested: true },
    // Its event goes by the execution that was read.
    where: [equals('gen', record.gen), equals('dispatch', record.dispatch), asRead('token', record.token)],
  });
}

/** Listed beside the dead jobs, as expired: nothing ran, and whether it still should is a person's to say. */
export function expireWrite(record: JobRecord, ending: Ending): Write {
  return transition({
    id: record.id,
    on: 'expire',
    from: [record.status as 'queued'],
    to: 'expired',
    set: {
      ...ended(ending),
      ...droppedBy(record, ending.now),
      ...{ deadShard: deadShard('expired', record.id), deadAt: ending.now },
    },
    remove: ['out', UNWATCHED],
    where: unchanged(record),
  });
}

/**
 * Not now: the next dispatch of the same state, recorded before it is sent; `nonce` is the message that asked. `unknownSince`
 * where that is because no build was found that can run the job.
 */
export function deferWrite(
  record: JobRecord,
  { nonce, unknownSince, ...next }: Next & { readonly nonce: string; readonly unknownSince?: number },
): Write {
  const { set: dispatched, remove } = nextDispatch(record.dispatch + 1, next);
  const set = { ...dispatched, unknownSince };
  return transition({
    id: record.id,
    on: 'defer',
    from: [record.status as (typeof WAITING)[number]],
    to: record.status as (typeof WAITING)[number],
    ...(next.far ? { set, remove } : { set: { ...set, holder: nonce }, remove: ['token', 'out'] }),
    where: [equals('gen', record.gen), equals('dispatch', record.dispatch), missing('cancelRequested')],
  });
}
