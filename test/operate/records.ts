import {
  type JobRecord,
  markWrite,
  redispatchWrite,
  retryWrite,
  snoozeWrite,
  type Write,
} from '../../lib/state/index.ts';

export const NOW = Date.UTC(2027, 0, 1);
export const MINUTE = 60_000;
export const DAY = 86_400_000;

export const RECORD: JobRecord = {
  id: 'the-id',
  type: 'receipt.send',
  version: 1,
  pool: 'default',
  priority: 'normal',
  status: 'queued',
  gen: 'gen',
  dispatch: 2,
  runAt: NOW - 5 * MINUTE,
  attempts: 1,
  unsettled: 1,
  enqueuedAt: NOW - 10 * MINUTE,
  startedAt: NOW - 30_000,
  leaseUntil: NOW + 45_000,
};

export const LONG_AGO = { enqueuedAt: NOW - 5 * DAY, startedAt: NOW - 4 * DAY, leaseUntil: NOW - 2 * DAY };

/** The record after a write, as DynamoDB keeps it. */
function written(record: JobRecord, { set, remove }: Write): JobRecord {
  const changed = Object.entries(set).filter(([, value]) => value !== undefined);
  const kept = Object.entries({ ...record, ...Object.fromEntries(changed) }).filter(
    ([name, value]) => value !== undefined && !remove.includes(name),
  );
  return Object.fromEntries(kept) as unknown as JobRecord;
}

const LAPSED: JobRecord = { ...RECORD, ...LONG_AGO, status: 'running', dispatch: 1 };

/** Back from a dead-letter queue, or brought back by the sweeper, so long ago. */
export function broughtBack(
  ago: number,
  { hops = 1, runAt }: { hops?: number; runAt?: number } = {},
): JobRecord {
  return written(LAPSED, redispatchWrite(LAPSED, { now: NOW - ago, hops, runAt }));
}

/** Enqueued so long ago, to be due in five minutes, and left to the outbox because its send failed. */
export function unsent(ago: number): JobRecord {
  const { startedAt: _started, leaseUntil: _lease, ...record } = RECORD;
  const times = { enqueuedAt: NOW - ago, runAt: NOW + 5 * MINUTE };
  const scheduled: JobRecord = { ...record, ...times, status: 'scheduled' };
  return written(scheduled, markWrite(scheduled, 'scheduled', { now: NOW - ago }));
}

/** Its attempt began so long ago and said to wait until then. */
export function putOff(
  ago: number,
  { runAt, failed = false }: { runAt: number; failed?: boolean },
): JobRecord {
  const startedAt = NOW - ago;
  const times = { enqueuedAt: startedAt, startedAt };
  const running: JobRecord = { ...RECORD, ...times, status: 'running', dispatch: 1, attempts: 0 };
  const { id, gen, dispatch, attempts, unsettled } = running;
  const held = { message: { id, gen, dispatch, nonce: 'nonce' }, token: 'token', attempts, unsettled };
  const error = { name: 'TypeError', message: 'no', fingerprint: 'f' };
  const next = { runAt, far: true };
  return written(running, failed ? retryWrite(held, { ...next, error }) : snoozeWrite(held, next));
}
