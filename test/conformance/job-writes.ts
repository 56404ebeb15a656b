import {
  buryWrite,
  cancelWrite,
  claimWrite,
  deferWrite,
  dieWrite,
  expireWrite,
  firstClaimWrite,
  heartbeatWrite,
  type JobRecord,
  markWrite,
  redispatchWrite,
  redriveWrite,
  releaseWrite,
  requestCancelWrite,
  retryWrite,
  settleCancelledWrite,
  snoozeWrite,
  succeedWrite,
  type Write,
} from '../../lib/state/index.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
const ENDING = { now: NOW, retention: 24 * 60 * MINUTE };
const ERROR = { name: 'Error', message: 'It said "no", twice: it\'s over', fingerprint: 'f1' };

/** A record as an enqueue makes it, due now. */
export function queuedRecord(id: string): JobRecord {
  return {
    id,
    type: 'mail.send',
    version: 1,
    pool: 'default',
    priority: 'normal',
    tenant: 'acme',
    tags: { plan: 'pro' },
    status: 'queued',
    gen: 'gen-1',
    dispatch: 0,
    runAt: NOW,
    attempts: 0,
    unsettled: 0,
    enqueuedAt: NOW,
    payload: '{"to":"ünïcode ? \'quoted\'"}',
  };
}

/** A write of lib/state with the record that it applies to. */
export interface WriteCase {
  /** Begins with the name of the function in lib/state. */
  readonly name: string;
  /** What the record has besides what `queuedRecord` gives it. */
  readonly before: Partial<JobRecord>;
  readonly write: (record: JobRecord) => Write;
}

const RUNNING = { status: 'running', token: 't1', holder: 'n1', leaseUntil: NOW + 60, unsettled: 1 } as const;
const LAPSED = { ...RUNNING, leaseUntil: NOW - 60 } as const;
/** Its dispatch stands on a one-time schedule. */
const FAR = { status: 'scheduled', runAt: NOW + DAY, out: 0 } as const;
const DEAD = {
  status: 'dead',
  token: 't1',
  holder: 'n1',
  endedAt: NOW,
  expiresAt: NOW / 1000,
  error: ERROR,
  deadShard: 'dead#1',
  deadAt: NOW,
} as const;

function claimOf({ id, gen, dispatch }: JobRecord) {
  const message = { id, gen, dispatch, nonce: 'n1' };
  return { message, token: 't1', now: NOW, leaseUntil: NOW + MINUTE, lapseLimit: 3 };
}

function heldOf(record: JobRecord) {
  const { attempts, unsettled } = record;
  return { message: claimOf(record).message, token: 't1', attempts, unsettled };
}

/** Every write that the worker, the client, the lifecycle and the recorder make. */
export const WRITE_CASES: readonly WriteCase[] = [
  {
    name: 'firstClaimWrite',
    before: { out: 0 },
    write: (r) => firstClaimWrite({ ...claimOf(r), attempts: r.attempts }),
  },
  { name: 'claimWrite', before: { deadline: NOW + 1 }, write: (r) => claimWrite(claimOf(r)) },
  {
    name: 'claimWrite of a lapsed job',
    before: LAPSED,
    write: (r) => claimWrite(claimOf(r), r),
  },
  { name: 'heartbeatWrite', before: RUNNING, write: (r) => heartbeatWrite(heldOf(r), NOW + MINUTE) },
  { name: 'requestCancelWrite', before: RUNNING, write: (r) => requestCancelWrite(r) },
  { name: 'releaseWrite', before: RUNNING, write: (r) => releaseWrite(heldOf(r)) },
  {
    name: 'succeedWrite with a result',
    before: RUNNING,
    write: (r) => succeedWrite(heldOf(r), { ...ENDING, result: '{"n":1}' }),
  },
  {
    name: 'succeedWrite without a result',
    before: RUNNING,
    write: (r) => succeedWrite(heldOf(r), { ...ENDING, result: undefined }),
  },
  {
    name: 'retryWrite',
    before: RUNNING,
    write: (r) => retryWrite(heldOf(r), { runAt: NOW + MINUTE, error: ERROR }),
  },
  { name: 'snoozeWrite', before: RUNNING, write: (r) => snoozeWrite(heldOf(r), { runAt: NOW + MINUTE }) },
  {
    name: 'retryWrite far away',
    before: RUNNING,
    write: (r) => retryWrite(heldOf(r), { runAt: NOW + DAY, far: true, error: ERROR }),
  },
  {
    name: 'snoozeWrite far away',
    before: RUNNING,
    write: (r) => snoozeWrite(heldOf(r), { runAt: NOW + DAY, far: true }),
  },
  { name: 'dieWrite', before: RUNNING, write: (r) => dieWrite(heldOf(r), { ...ENDING, error: ERROR }) },
  {
    name: 'settleCancelledWrite',
    before: { ...RUNNING, cancelRequested: true },
    write: (r) => settleCancelledWrite(heldOf(r), ENDING),
  },
  { name: 'buryWrite', before: LAPSED, write: (r) => buryWrite(r, { ...ENDING, error: ERROR }) },
  { name: 'cancelWrite', before: {}, write: (r) => cancelWrite(r, ENDING) },
  { name: 'cancelWrite of a far job', before: FAR, write: (r) => cancelWrite(r, ENDING) },
  {
    name: 'expireWrite of a far job',
    before: { ...FAR, deadline: NOW },
    write: (r) => expireWrite(r, ENDING),
  },
  {
    name: 'buryWrite of a far job',
    before: { ...FAR, hops: 5 },
    write: (r) => buryWrite(r, { ...ENDING, error: ERROR }),
  },
  { name: 'expireWrite', before: { deadline: NOW }, write: (r) => expireWrite(r, ENDING) },
  {
    name: 'deferWrite',
    before: { token: 't0', out: 0 },
    write: (r) => deferWrite(r, { nonce: 'n1', runAt: NOW + MINUTE }),
  },
  {
    name: 'deferWrite far away',
    before: { token: 't0', holder: 'n0', out: 0 },
    write: (r) => deferWrite(r, { nonce: 'n1', runAt: NOW + DAY, far: true }),
  },
  { name: 'markWrite', before: {}, write: (r) => markWrite(r, 'queued', { now: NOW }) },
  {
    name: 'redispatchWrite of a waiting job',
    before: { status: 'retrying', holder: 'n1', token: 't1' },
    write: (r) => redispatchWrite(r, { now: NOW, hops: 1 }),
  },
  {
    name: 'redispatchWrite of a lapsed job',
    before: LAPSED,
    write: (r) => redispatchWrite(r, { now: NOW, hops: 1 }),
  },
  {
    name: 'redispatchWrite of a far job',
    before: FAR,
    write: (r) => redispatchWrite(r, { now: NOW, hops: 1 }),
  },
  { name: 'redriveWrite', before: DEAD, write: (r) => redriveWrite(r, { now: NOW }) },
];
