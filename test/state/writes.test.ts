import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STATUSES, type Status, WAITING } from '../../lib/contract/index.ts';
import { IllegalTransitionError, type JobRecord, type Write } from '../../lib/state/index.ts';
import { queuedRecord, WRITE_CASES } from '../conformance/job-writes.ts';
import { Scratch } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await Scratch.start();
});
afterAll(() => scratch[Symbol.asyncDispose]());

interface Rule {
  /** States that the write may be made for. */
  readonly from: readonly Status[];
  /** The write insists on the very state that was read. */
  readonly asRead?: true;
  readonly to: Status | 'same';
  /** Changes of the record since it was read, each of which must stop the write. */
  readonly stoppedBy: readonly Partial<JobRecord>[];
  /** Changes that must not. */
  readonly notBy?: readonly Partial<JobRecord>[];
}

const { runAt: NOW } = queuedRecord('any');
const OTHER: Partial<JobRecord>[] = [{ gen: 'gen-2' }];
const NUMBERED = [...OTHER, { dispatch: 7 }];
const HELD = [...OTHER, { token: 't2' }, { token: undefined }];
const CANCEL = { cancelRequested: true };
const AS_READ = [...NUMBERED, { token: 't2' }, { leaseUntil: NOW + 999 }, { out: 5 }];
const ENDED: readonly Status[] = ['succeeded', 'dead', 'cancelled', 'expired'];
const waiting: readonly Status[] = WAITING;

/** By the names of the cases: the conditions of section 3.3 of the design. */
const RULES: Record<string, Rule> = {
  firstClaimWrite: {
    from: waiting,
    to: 'running',
    stoppedBy: [
      ...NUMBERED,
      CANCEL,
      { deadline: NOW },
      { runAt: NOW + 1 },
      { unsettled: 1 },
      { attempts: 7 },
    ],
    notBy: [{ deadline: NOW + 1 }, { holder: 'n0', token: 't0' }],
  },
  claimWrite: {
    from: waiting,
    to: 'running',
    stoppedBy: [...NUMBERED, CANCEL, { deadline: NOW }, { runAt: NOW + 1 }],
    notBy: [{ deadline: undefined }, { unsettled: 9 }, { out: 0 }],
  },
  'claimWrite of a lapsed job': {
    from: ['running'],
    to: 'running',
    stoppedBy: [
      ...HELD,
      ...[{ dispatch: 7 }, CANCEL, { deadline: NOW }, { leaseUntil: NOW }],
      ...[{ unsettled: 2 }, { unsettled: 3 }],
    ],
    notBy: [{ runAt: NOW + 1 }, { leaseUntil: NOW - 1 }],
  },
  heartbeatWrite: { from: ['running'], to: 'running', stoppedBy: [...HELD, CANCEL] },
  requestCancelWrite: {
    from: ['running'],
    to: 'running',
    stoppedBy: [...OTHER, { token: 't2' }, { dispatch: 7 }],
    notBy: [CANCEL],
  },
  releaseWrite: { from: ['running'], to: 'queued', stoppedBy: HELD, notBy: [CANCEL, { deadline: NOW }] },
  'succeedWrite with a result': { from: ['running'], to: 'succeeded', stoppedBy: HELD, notBy: [CANCEL] },
  'succeedWrite without a result': { from: ['running'], to: 'succeeded', stoppedBy: HELD, notBy: [CANCEL] },
  retryWrite: { from: ['running'], to: 'retrying', stoppedBy: [...HELD, CANCEL] },
  snoozeWrite: { from: ['running'], to: 'scheduled', stoppedBy: [...HELD, CANCEL] },
  'retryWrite far away': { from: ['running'], to: 'retrying', stoppedBy: [...HELD, CANCEL] },
  'snoozeWrite far away': { from: ['running'], to: 'scheduled', stoppedBy: [...HELD, CANCEL] },
  dieWrite: { from: ['running'], to: 'dead', stoppedBy: HELD, notBy: [CANCEL] },
  settleCancelledWrite: {
    from: ['running'],
    to: 'cancelled',
    stoppedBy: [...HELD, { cancelRequested: undefined }],
  },
  buryWrite: { from: [...waiting, 'running'], asRead: true, to: 'dead', stoppedBy: AS_READ },
  cancelWrite: {
    from: [...waiting, 'blocked', 'running'],
    asRead: true,
    to: 'cancelled',
    stoppedBy: AS_READ,
  },
  expireWrite: { from: [...waiting, 'blocked'], asRead: true, to: 'expired', stoppedBy: AS_READ },
  'cancelWrite of a far job': {
    from: [...waiting, 'blocked', 'running'],
    asRead: true,
    to: 'cancelled',
    stoppedBy: [...AS_READ, { out: undefined }],
  },
  'expireWrite of a far job': {
    from: [...waiting, 'blocked'],
    asRead: true,
    to: 'expired',
    stoppedBy: [...AS_READ, { out: undefined }],
  },
  'buryWrite of a far job': {
    from: [...waiting, 'running'],
    asRead: true,
    to: 'dead',
    stoppedBy: [...AS_READ, { out: undefined }],
  },
  'deferWrite far away': { from: waiting, asRead: true, to: 'same', stoppedBy: [...NUMBERED, CANCEL] },
  deferWrite: { from: waiting, asRead: true, to: 'same', stoppedBy: [...NUMBERED, CANCEL] },
  markWrite: { from: ['queued'], to: 'same', stoppedBy: [...NUMBERED, { holder: 'n1' }, { out: 0 }] },
  'redispatchWrite of a waiting job': {
    from: [...waiting, 'running'],
    asRead: true,
    to: 'same',
    stoppedBy: [...AS_READ, CANCEL],
  },
  'redispatchWrite of a lapsed job': {
    from: [...waiting, 'running'],
    asRead: true,
    to: 'same',
    stoppedBy: [...AS_READ, CANCEL],
  },
  'redispatchWrite of a far job': {
    from: [...waiting, 'running'],
    asRead: true,
    to: 'same',
    stoppedBy: [...AS_READ, CANCEL, { out: undefined }],
  },
  redriveWrite: { from: ENDED, asRead: true, to: 'queued', stoppedBy: [...NUMBERED, { expiresAt: 5 }] },
};

it('has a rule for every case of a write', () => {
  expect(Object.keys(RULES).sort()).toEqual(WRITE_CASES.map(({ name }) => name).sort());
});

function canBeStatement({ remove, add }: Write): boolean {
  return remove.length <= 1 && Object.keys(add).length === 0;
}

describe.each(WRITE_CASES)('$name', ({ name, before, write }) => {
  const { from, asRead, to, stoppedBy, notBy = [] } = RULES[name] as Rule;
  /** The states for which it is asked for: a write that looks at no state is asked for once. */
  const built = asRead ? STATUSES : [before.status ?? 'queued'];
  const applies = (read: Status, found: Status) => (asRead ? read === found : from.includes(found));
  const after = (read: Status) => (to !== 'same' ? to : read === 'running' ? 'queued' : read);

  it.each(built)('made for a job read as %s: is made and applies from legal states only', async (read) => {
    const make = (record: JobRecord) => write({ ...record, status: read });
    if (!from.includes(read)) {
      expect(() => make(queuedRecord('any'))).toThrow(IllegalTransitionError);
      return;
    }
    const records = await Promise.all(STATUSES.map((status) => scratch.put({ ...before, status })));
    const results = await Promise.all(records.map((record) => scratch.table.update(make(record))));
    for (const [i, result] of results.entries()) {
      const record = records[i] as JobRecord;
      const legal = applies(read, record.status);
      expect(result.ok, record.status).toBe(legal);
      if (!result.ok) expect(result.old).toEqual(record);
      const now = await scratch.table.get(record.id);
      if (legal) expect(now?.status).toBe(after(read));
      else expect(now).toEqual(record);
    }
  });

  it('says the same as a statement of a batch, where it can be one', async () => {
    const read = (before.status ?? 'queued') as Status;
    const records = await Promise.all(STATUSES.map((status) => scratch.put({ ...before, status })));
    const writes = records.map((record) => write({ ...record, status: read }));
    if (!writes.every(canBeStatement)) {
      await expect(scratch.table.updateMany(writes)).rejects.toThrow(RangeError);
      return;
    }
    const results = await scratch.table.updateMany(writes);
    expect(results).toEqual(STATUSES.map((found) => (applies(read, found) ? 'written' : 'failed')));
    for (const record of records.filter(({ status }) => !applies(read, status))) {
      expect(await scratch.table.get(record.id)).toEqual(record);
    }
  });

  it.each(stoppedBy.map((change) => [JSON.stringify(change, (_, v) => v ?? 'none'), change] as const))(
    'is stopped by %s',
    async (_, change) => {
      const record = await scratch.put({ ...before, ...change });
      const result = await scratch.table.update(write({ ...queuedRecord(record.id), ...before }));
      expect(result).toEqual({ ok: false, old: await scratch.table.get(record.id) });
      expect(await scratch.table.get(record.id)).toEqual(JSON.parse(JSON.stringify(record)));
    },
  );

  it.each(notBy.map((change) => [JSON.stringify(change, (_, v) => v ?? 'none'), change] as const))(
    'is not stopped by %s',
    async (_, change) => {
      const record = await scratch.put({ ...before, ...change });
      expect((await scratch.table.update(write({ ...queuedRecord(record.id), ...before }))).ok).toBe(true);
    },
  );
});

it('a job that is put off has no token of a claim before, and nothing for the outbox to send', async () => {
  const { before, write } = WRITE_CASES.find(
    ({ name }) => name === 'deferWrite',
  ) as (typeof WRITE_CASES)[number];
  const record = await scratch.put(before);
  await scratch.table.update(write(record));
  const after = await scratch.table.get(record.id);
  expect(after).toMatchObject({ dispatch: 1, holder: 'n1' });
  expect(after).not.toHaveProperty('token');
  expect(after).not.toHaveProperty('out');
});

describe('a far dispatch', () => {
  const made = (name: string) => {
    const { before, write } = WRITE_CASES.find((each) => each.name === name) as (typeof WRITE_CASES)[number];
    return async () => {
      const record = await scratch.put(before);
      await scratch.table.update(write(record));
      return scratch.table.get(record.id);
    };
  };

  it.each(['retryWrite far away', 'snoozeWrite far away', 'deferWrite far away'])(
    'of a %s is the outbox’s, and nobody’s to hold',
    async (name) => {
      const after = await made(name)();
      expect(after).toMatchObject({ dispatch: 1, out: 1, runAt: NOW + 86_400_000 });
      expect(after).not.toHaveProperty('token');
      expect(after).not.toHaveProperty('holder');
    },
  );

  it.each([
    'cancelWrite of a far job',
    'expireWrite of a far job',
    'buryWrite of a far job',
    'redispatchWrite of a far job',
  ])('is taken back by a %s', async (name) => {
    expect(await made(name)()).toMatchObject({ drop: 0 });
  });

  it.each([
    'cancelWrite',
    'expireWrite',
    'redispatchWrite of a waiting job',
    'redispatchWrite of a lapsed job',
  ])('was none where a %s takes nothing back', async (name) => {
    expect(await made(name)()).not.toHaveProperty('drop');
  });
});
