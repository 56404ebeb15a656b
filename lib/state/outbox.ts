import { isEnded, isWaiting } from '../contract/index.ts';
import { droppedBy } from './next-dispatch.ts';
import type { JobRecord } from './record.ts';
import { watchedUntil } from './watch-index.ts';
import { asRead, equals, missing, transition, type Write } from './write.ts';

/**
 * The lifecycle function is to send the dispatch that stands in the record: its first sender failed, or may have died.
 * Never for a job that was claimed, or whose dispatch is the outbox's already.
 */
export function markWrite(
  { id, gen, dispatch }: Pick<JobRecord, 'id' | 'gen' | 'dispatch'>,
  status: 'queued' | 'scheduled',
  { now }: { now: number },
): Write {
  return transition({
    id,
    on: 'mark',
    from: [status],
    to: status,
    set: { out: dispatch, outAt: now },
    where: [equals('gen', gen), equals('dispatch', dispatch), missing('holder'), missing('out')],
  });
}

/** Whether a repeated enqueue has to mark the record: nobody has claimed it and the outbox does not have it. */
export function maybeUnsent(record: JobRecord): record is JobRecord & { status: 'queued' | 'scheduled' } {
  const waits = record.status === 'queued' || record.status === 'scheduled';
  return waits && record.holder === undefined && record.out === undefined;
}

/**
 * Whether its enqueue may have died, or may stand still, before it stored the payload: no message ever held the job, and
 * it has ended, or the outbox was asked to send it all the same.
 */
export function maybeUnstored({ status, holder, out, payload }: JobRecord): boolean {
  const past = isEnded(status) || (isWaiting(status) && out !== undefined);
  return past && holder === undefined && payload === undefined;
}

/**
 * The next dispatch of a job that no unacknowledged message stands behind, for the lifecycle function to send. A running
 * job's lease must have lapsed: `leaseUntil` as read, and the caller has compared it with the clock. Where no `runAt` is
 * given, a waiting job's stays as it is, and a lapsed one is due now.
 */
export function redispatchWrite(
  record: JobRecord,
  { now, hops, runAt }: { now: number; hops: number; runAt?: number },
): Write {
  const dispatch = record.dispatch + 1;
  const same = {
    id: record.id,
    on: 'redispatch' as const,
    remove: ['holder', 'token'],
    where: [
      equals('gen', record.gen),
      equals('dispatch', record.dispatch),
      asRead('token', record.token),
      asRead('leaseUntil', record.leaseUntil),
      asRead('out', record.out),
      missing('cancelRequested'),
    ],
  };
  if (isWaiting(record.status)) {
    return transition({
      ...same,
      from: [record.status],
      to: record.status,
      set: { dispatch, out: dispatch, outAt: now, hops, runAt, ...droppedBy(record, now) },
    });
  }
  const set = { dispatch, out: dispatch, outAt: now, hops, runAt: runAt ?? now };
  return transition({ ...same, from: [record.status as 'running'], to: 'queued', set });
}

/** An ended job starts anew, as read: attempts, lapses and hops from zero, through the outbox. */
export function redriveWrite(record: JobRecord, { now }: { now: number }): Write {
  const dispatch = record.dispatch + 1;
  const passed = record.deadline !== undefined && record.deadline <= now;
  return transition({
    id: record.id,
    on: 'redrive',
    from: [record.status as 'dead'],
    to: 'queued',
    set: {
      ...{ dispatch, out: dispatch, outAt: now, runAt: now, attempts: 0, unsettled: 0, hops: 0 },
      ...(passed ? undefined : watchedUntil(record.id, record.deadline)),
    },
    remove: [...REDRIVE_REMOVES, ...(passed ? ['deadline', 'watchAt'] : [])],
    where: [
      equals('gen', record.gen),
      equals('dispatch', record.dispatch),
      asRead('expiresAt', record.expiresAt),
    ],
  });
}

const REDRIVE_REMOVES = [
  'expiresAt',
  'cancelRequested',
  'drop',
  'holder',
  'token',
  'leaseUntil',
  'startedAt',
  'worker',
  'endedAt',
  'unknownSince',
  'result',
  'error',
  'deadShard',
  'deadAt',
];

/** Whether a record can be redriven at all. */
export function canRedrive(record: JobRecord): boolean {
  return isEnded(record.status);
}
