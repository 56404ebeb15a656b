import { randomUUID } from 'node:crypto';
import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TickSource } from '../../lib/contract/index.ts';
import {
  acceptTick,
  cancelWrite,
  JobTable,
  releaseNext,
  ScheduleBusyError,
  type ScheduleKey,
  type ScheduleRecord,
  ScheduleTable,
  scheduleOfSerial,
  serialOf,
  shardOf,
} from '../../lib/state/index.ts';
import { seededChance } from '../clock/seeded-chance.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { Scratch } from './scratch.ts';

const NOW = Date.UTC(2027, 0, 1);
const QUOTA = 2;

let scratch: Scratch;
let table: ScheduleTable;
let jobs: JobTable;
beforeAll(async () => {
  scratch = await Scratch.start();
  const { client, name: tableName } = scratch.scratch;
  table = new ScheduleTable({ client, tableName });
  jobs = new JobTable({ client, tableName });
});
afterAll(() => scratch[Symbol.asyncDispose]());

let key: Required<ScheduleKey>;
beforeEach(() => {
  key = { name: 'daily', tenant: `tenant-${randomUUID()}` };
});

function record(change: Partial<ScheduleRecord> = {}): ScheduleRecord {
  return {
    ...{
      ...key,
      type: 'report',
      version: 1,
      pool: 'default',
      priority: 'normal',
      expression: 'rate(1 hour)',
    },
    ...{ timeZone: 'UTC', payload: '{"n":1}', overlap: 'queue', window: 0, maxAge: 1, startAt: NOW, rev: 1 },
    ...{ createdAt: NOW, updatedAt: NOW, ...change },
  };
}

describe('the definition of a schedule', () => {
  it('is kept and read back whole, and gone once it is removed', async () => {
    const first = record({ out: 1, paused: true, description: 'each day', deadline: 5, endAt: NOW + 1 });
    expect(await table.save({ record: first, before: undefined, quota: QUOTA })).toBe('saved');
    expect(await table.definition(key)).toEqual(first);
    expect(await table.remove(first)).toBe(true);
    expect(await table.definition(key)).toBeUndefined();
  });

  it('is written over the revision that was read, and no other', async () => {
    const first = record();
    await table.save({ record: first, before: undefined, quota: QUOTA });
    expect(await table.save({ record: first, before: undefined, quota: QUOTA })).toBe('changed');
    const second = record({ rev: 2, out: 2 });
    expect(await table.save({ record: second, before: first, quota: QUOTA })).toBe('saved');
    expect(await table.save({ record: record({ rev: 3 }), before: first, quota: QUOTA })).toBe('changed');
    expect(await table.remove(first)).toBe(false);
    expect(await table.definition(key)).toEqual(second);
  });

  it('is not taken for the one before that was removed, which had the same revision', async () => {
    const before = record({ out: 1 });
    await table.save({ record: before, before: undefined, quota: QUOTA });
    expect(await table.remove(before)).toBe(true);
    const put = record({ out: 1, createdAt: NOW + 1, updatedAt: NOW + 1, payload: '{"n":2}' });
    // The first of the two still counts for the tenant: nothing but its deletion takes it out.
    await table.save({ record: put, before: undefined, quota: QUOTA });
    const late = record({ rev: 2, out: 2, paused: true });
    expect(await table.save({ record: late, before, quota: QUOTA })).toBe('changed');
    expect(await table.settle(before)).toBe(false);
    expect(await table.remove(before)).toBe(false);
    expect(await table.definition(key)).toEqual(put);
    expect(await table.settle(put)).toBe(true);
  });

  it('is settled once its revision was brought about, or refused', async () => {
    const first = record({ out: 1 });
    await table.save({ record: first, before: undefined, quota: QUOTA });
    expect(await table.settle({ ...first, rev: 7 })).toBe(false);
    expect(await table.settle(first, 'a quota')).toBe(true);
    expect(await table.definition(key)).toEqual(record({ problem: 'a quota' }));
    expect(await table.settle(first)).toBe(true);
    expect(await table.definition(key)).toEqual(record());
  });

  it('counts for its tenant until it is deleted', async () => {
    const save = (name: string, change: Partial<ScheduleRecord> = {}, before?: ScheduleRecord) =>
      table.save({ record: record({ name, ...change }), before, quota: QUOTA });
    expect([await save('a'), await save('b'), await save('c')]).toEqual(['saved', 'saved', 'full']);
    const gone = { rev: 2, deleted: true };
    expect(await save('a', gone, record({ name: 'a' }))).toBe('saved');
    expect(await save('c')).toBe('saved');
    // Put again before it was removed: it counts again.
    expect(await save('a', { rev: 3 }, record({ name: 'a', ...gone }))).toBe('full');
  });

  it('is listed among those of its tenant, a page at a time', async () => {
    for (const name of ['b', 'a', 'c'])
      await table.save({ record: record({ name }), before: undefined, quota: 9 });
    const longer = { tenant: `${key.tenant}#x`, name: 'z' };
    await table.save({ record: record(longer), before: undefined, quota: 9 });
    const shard = shardOf(key.tenant);
    const first = await table.page({ shard, tenant: key.tenant, limit: 2 });
    expect(first.items.map((item) => item['name']?.S)).toEqual(['a', 'b']);
    const rest = await table.page({ shard, tenant: key.tenant, limit: 9, from: first.next });
    expect(rest.items.map((item) => item['name']?.S)).toEqual(['c']);
  });
});

describe('a pause of a schedule of the stack', () => {
  it('is there or not', async () => {
    expect(await table.isPaused(key)).toBe(false);
    await table.setPaused(key, true, NOW);
    expect(await table.isPaused(key)).toBe(true);
    await table.setPaused(key, false, NOW);
    expect(await table.isPaused(key)).toBe(false);
  });
});

describe('a write of a schedule that meets a transaction under way', () => {
  /** As DynamoDB refuses a single Put then. */
  const conflictOnce = () =>
    meddle(scratch.scratch.client, 'PutItemCommand', ({ nth, call }) =>
      nth > 1
        ? call()
        : Promise.reject(new TransactionConflictException({ message: 'ongoing', $metadata: {} })),
    );

  it('is one that others were faster with: a revision is read anew', async () => {
    const first = record();
    await table.save({ record: first, before: undefined, quota: QUOTA });
    using _ = conflictOnce();
    const change = { record: { ...first, rev: 2 }, before: first, quota: QUOTA };
    expect(await table.save(change)).toBe('changed');
    expect(await table.save(change)).toBe('saved');
  });

  it('is reported where nobody looks again: a pause', async () => {
    using _ = conflictOnce();
    await expect(table.setPaused(key, true, NOW)).rejects.toBeInstanceOf(ScheduleBusyError);
    await table.setPaused(key, true, NOW);
    expect(await table.isPaused(key)).toBe(true);
  });

  it('keeps no tick from its job', async () => {
    const chance = seededChance(1);
    const job = { type: 'report', version: 1, pool: 'default', priority: 'normal' } as const;
    const tick = {
      ...{ schedule: key.name, tenant: key.tenant, job, payload: null },
      ...({ overlap: 'allow', maxAge: 1e9, at: NOW } as const),
    };
    using puts = conflictOnce();
    const made = await acceptTick({ table: jobs, schedules: table, chance }, tick, { now: NOW });
    expect(made).toMatchObject({ made: true, status: 'queued' });
    expect(puts.tries).toBe(2);
  });
});

describe('the turns of a schedule', () => {
  const job = { type: 'report', version: 1, pool: 'default', priority: 'normal' } as const;
  const chance = seededChance(1);
  const tickAt = (n: number, change: Partial<TickSource> = {}) => {
    const { name: schedule, tenant } = key;
    const source: TickSource = { schedule, tenant, job, payload: null, overlap: 'queue', maxAge: 1e9 };
    const deps = { table: jobs, schedules: table, chance };
    return acceptTick(deps, { ...source, ...change, at: NOW + n }, { now: NOW + n });
  };
  const release = () => releaseNext({ table: jobs, schedules: table }, key, { now: NOW });
  const end = async (id: string) => {
    const read = await jobs.get(id);
    if (!read) throw new Error(`no job ${id}`);
    expect(await jobs.update(cancelWrite(read, { now: NOW, retention: 86_400_000 }))).toMatchObject({
      ok: true,
    });
  };

  it('go from job to job, each once the one before has ended', async () => {
    const [first, third, second] = [await tickAt(1), await tickAt(3), await tickAt(2)];
    expect([first, third, second].map((each) => each.made && each.status)).toEqual([
      'queued',
      'blocked',
      'blocked',
    ]);
    expect(await table.progress(key)).toEqual({ turn: 3, current: first.id, waiting: 2 });
    expect(await release()).toBeUndefined();
    await end(first.id);
    expect(await release()).toBe(second.id);
    expect(await jobs.get(second.id)).toMatchObject({ status: 'queued', out: 0, serial: serialOf(key) });
    expect(await release()).toBeUndefined();
    await end(third.id);
    await end(second.id);
    // The one that waits was cancelled: it is passed over, and nothing is left.
    expect(await release()).toBeUndefined();
    expect(await table.progress(key)).toMatchObject({ waiting: 0 });
    expect(await table.progress(key)).not.toHaveProperty('current');
    expect(await tickAt(4)).toMatchObject({ made: true, status: 'queued' });
  });

  it('are asked for where the end of a job was missed', async () => {
    const first = await tickAt(1);
    await tickAt(2);
    await end(first.id);
    const before = await table.progress(key);
    expect(before).not.toHaveProperty('out');
    expect(await table.askForTurn(key, before, NOW)).toBe(true);
    expect(await table.askForTurn(key, before, NOW)).toBe(false);
    expect(await table.progress(key)).toMatchObject({ turn: before.turn + 1, out: before.turn + 1 });
    expect(await release()).toBeDefined();
    expect(await table.progress(key)).not.toHaveProperty('out');
  });

  it('remember what was skipped', async () => {
    await tickAt(1, { overlap: 'skip' });
    expect(await tickAt(2, { overlap: 'skip' })).toMatchObject({ made: false, why: 'overlap' });
    expect(await table.progress(key)).toMatchObject({ skipped: String(NOW + 2) });
    expect(await tickAt(1, { overlap: 'skip' })).toMatchObject({ made: false, why: 'duplicate' });
  });

  it('have a name that says tenant and schedule, whatever the tenant is called', () => {
    for (const each of [{ name: 'a' }, { name: 'a', tenant: 'b' }, { name: 'a', tenant: '#b#' }])
      expect(scheduleOfSerial(serialOf(each))).toEqual(each);
  });
});
