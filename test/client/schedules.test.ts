import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  ScheduleExistsError,
  ScheduleFixedError,
  ScheduleNotFoundError,
  ScheduleQuotaError,
  TickRefusedError,
} from '../../lib/client/index.ts';
import {
  defineCatalog,
  defineJob,
  defineSchedule,
  InvalidOptionError,
  PayloadInvalidError,
  PayloadTooLargeError,
  tickId,
} from '../../lib/contract/index.ts';
import { Lab } from '../worker/lab.ts';
import type { Stand } from '../worker/stand.ts';

const report = defineJob({
  name: 'report.build',
  schema: z.object({ title: z.string() }),
  version: 2,
  deadline: '1h',
});
const nightly = defineSchedule(report, {
  ...{ name: 'nightly', cron: '0 3 * * ? *', timeZone: 'Europe/Berlin', payload: { title: 'Night' } },
  overlap: 'skip',
});
const catalog = defineCatalog([report], { schedules: [nightly] });
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

let stand: Stand<typeof catalog>;
beforeEach(async () => {
  stand = await lab.stand({ catalog, handlers: { 'report.build': () => undefined } });
});

const weekly = {
  ...{ name: 'weekly', tenant: 'acme', cron: '0 7 ? * MON *', timeZone: 'Europe/Berlin' },
  payload: { title: 'Last week' },
} as const;
const hourly = { name: 'hourly', every: '1h', payload: { title: 'Hour' } } as const;

describe('a schedule that is put', () => {
  it('is shown with all that it was put with, until EventBridge Scheduler has it as pending', async () => {
    const { schedules } = stand.client;
    const put = await schedules.put('report.build', { ...weekly, overlap: 'queue', window: '10m' });
    expect(put.changed).toBe(true);
    expect(put.schedule).toEqual({
      ...{ name: 'weekly', tenant: 'acme', source: 'client', job: 'report.build', paused: false },
      ...{ expression: 'cron(0 7 ? * MON *)', timeZone: 'Europe/Berlin', payload: { title: 'Last week' } },
      ...{ priority: 'normal', overlap: 'queue', window: 10 * MINUTE, maxAge: 24 * HOUR, state: 'pending' },
      ...{ startAt: undefined, endAt: undefined, description: undefined, problem: undefined },
      ...{ createdAt: new Date(lab.clock.now()), updatedAt: new Date(lab.clock.now()) },
    });
    expect(await schedules.get('weekly', { tenant: 'acme' })).toEqual(put.schedule);
    expect(await schedules.get('weekly')).toBeUndefined();
    expect(await schedules.get('weekly', { tenant: 'other' })).toBeUndefined();
  });

  it('again is no change; put otherwise, it is another revision of the same', async () => {
    const { schedules } = stand.client;
    await schedules.put(report, weekly);
    lab.clock.advance(MINUTE);
    expect((await schedules.put(report, weekly)).changed).toBe(false);
    const changed = await schedules.put(report, { ...weekly, payload: { title: 'All week' } });
    expect(changed).toMatchObject({ changed: true, schedule: { payload: { title: 'All week' } } });
    expect(changed.schedule.updatedAt).not.toEqual(changed.schedule.createdAt);
    expect((await schedules.list({ tenant: 'acme' })).schedules).toHaveLength(1);
  });

  it('at the same time by many is one schedule', async () => {
    const { schedules } = stand.client;
    const puts = await Promise.all(Array.from({ length: 8 }, () => schedules.put(report, weekly)));
    expect(puts.filter(({ changed }) => changed)).toHaveLength(1);
    await schedules.delete('weekly', { tenant: 'acme' });
    expect((await schedules.list({ tenant: 'acme' })).schedules).toEqual([]);
  });

  it('as a rate is counted from a time that a put of the same leaves alone', async () => {
    const { schedules } = stand.client;
    const { schedule } = await schedules.put(report, hourly);
    const start = schedule.startAt?.getTime() ?? 0;
    expect(start - lab.clock.now()).toBeGreaterThanOrEqual(MINUTE);
    expect(start - lab.clock.now()).toBeLessThanOrEqual(2 * MINUTE);
    lab.clock.advance(3 * HOUR + 5 * MINUTE);
    expect((await schedules.put(report, hourly)).changed).toBe(false);
    const [next] = await schedules.next('hourly', { count: 1 });
    expect(((next?.getTime() ?? 0) - start) % HOUR).toBe(0);
  });

  it('stays paused when it is put again', async () => {
    const { schedules } = stand.client;
    await schedules.put(report, weekly);
    await schedules.pause('weekly', { tenant: 'acme' });
    const { schedule } = await schedules.put(report, { ...weekly, cron: '0 8 ? * MON *' });
    expect(schedule).toMatchObject({ paused: true, expression: 'cron(0 8 ? * MON *)' });
    await schedules.resume('weekly', { tenant: 'acme' });
    expect(await schedules.get('weekly', { tenant: 'acme' })).toMatchObject({ paused: false });
  });

  it.each([
    ['an expression that AWS does not know', { cron: '0 7 * * MON *' }, InvalidOptionError],
    ['a zone that there is not', { timeZone: 'Europe/Atlantis' }, InvalidOptionError],
    ['an expression that never fires again', { cron: '0 7 * * ? 2020' }, InvalidOptionError],
    ['a name of the catalog', { name: 'nightly', tenant: undefined }, ScheduleExistsError],
    ['a payload that the schema refuses', { payload: { title: 7 } }, PayloadInvalidError],
    [
      'a payload larger than a schedule takes',
      { payload: { title: 'x'.repeat(262_144) } },
      PayloadTooLargeError,
    ],
    ['a tenant that is none', { tenant: 'a b' }, InvalidOptionError],
    ['a name with a slash', { name: 'a/b' }, InvalidOptionError],
  ])('with %s is refused, and nothing is written', async (_, change, error) => {
    const { schedules } = stand.client;
    const wrong = { ...weekly, ...change } as typeof weekly;
    await expect(schedules.put(report, wrong)).rejects.toThrow(error);
    expect((await schedules.list()).schedules.map(({ name }) => name)).toEqual(['nightly']);
  });

  it('is refused where the tenant has as many as it may; a deleted one makes room', async () => {
    const few = await lab.stand({ catalog, handlers: { 'report.build': () => undefined } });
    const client = few.clientOf(catalog, { schedulesPerTenant: 2 });
    const put = (name: string, tenant = 'acme') => client.schedules.put(report, { ...weekly, name, tenant });
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => put(name)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    await expect(put('e')).rejects.toThrow(ScheduleQuotaError);
    await put('a', 'other');
    const { schedules: own } = await client.schedules.list({ tenant: 'acme' });
    await client.schedules.delete(own[0]?.name ?? '', { tenant: 'acme' });
    await put('e');
    expect((await client.schedules.list({ tenant: 'acme' })).schedules).toHaveLength(2);
  });
});

describe('schedules', () => {
  it('are listed by tenant, or all, with those of the catalog first, a page at a time', async () => {
    const { schedules } = stand.client;
    const tenants = ['acme', 'acme#1', '#', undefined, 'other'];
    for (const tenant of tenants)
      for (const name of ['a', 'b']) await schedules.put(report, { ...weekly, name, tenant });
    const named = (of: readonly { name: string; tenant: string | undefined }[]) =>
      of.map(({ name, tenant }) => `${tenant}/${name}`);
    for (const tenant of ['acme', 'acme#1', '#', 'other'])
      expect(named((await schedules.list({ tenant })).schedules)).toEqual([`${tenant}/a`, `${tenant}/b`]);
    const all: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await schedules.list({ limit: 3, cursor });
      all.push(...named(page.schedules));
      cursor = page.cursor;
    } while (cursor);
    expect(all[0]).toBe('undefined/nightly');
    expect(all.slice(1).sort()).toEqual(tenants.flatMap((tenant) => [`${tenant}/a`, `${tenant}/b`]).sort());
    await expect(schedules.list({ cursor: 'nonsense' })).rejects.toThrow(InvalidOptionError);
  });

  it('of the catalog are shown, paused and resumed, and not deleted', async () => {
    const { schedules } = stand.client;
    expect(await schedules.get('nightly')).toMatchObject({
      source: 'catalog',
      paused: false,
      state: 'active',
    });
    await schedules.pause('nightly');
    expect((await schedules.list()).schedules).toMatchObject([{ name: 'nightly', paused: true }]);
    await schedules.resume('nightly');
    expect(await schedules.get('nightly')).toMatchObject({ paused: false });
    await expect(schedules.delete('nightly')).rejects.toThrow(ScheduleFixedError);
  });

  it('that are not there are said to be missing; to delete one again is no error', async () => {
    const { schedules } = stand.client;
    for (const call of [
      () => schedules.pause('gone'),
      () => schedules.resume('gone'),
      () => schedules.trigger('gone'),
      () => schedules.next('gone'),
      () => schedules.backfill('gone', new Date(0), new Date(1)),
    ])
      await expect(call()).rejects.toThrow(ScheduleNotFoundError);
    await schedules.delete('gone');
    await expect(schedules.get('x'.repeat(2_000))).rejects.toThrow(InvalidOptionError);
  });

  it('say when they fire next, over a change of the clocks too', async () => {
    const { schedules } = stand.client;
    const next = await schedules.next('nightly', { count: 2, from: new Date('2027-03-27T12:00:00Z') });
    // 3:00 in Berlin is 2:00 in winter's count, and 1:00 from the last Sunday of March on.
    expect(next).toEqual([new Date('2027-03-28T01:00:00Z'), new Date('2027-03-29T01:00:00Z')]);
    await expect(schedules.next('nightly', { count: 0 })).rejects.toThrow(InvalidOptionError);
  });
});

describe('a trigger', () => {
  it('makes a job now, each a job of its own, paused or not', async () => {
    const { schedules } = stand.client;
    await schedules.put(report, { ...weekly, priority: 'high' });
    await schedules.pause('weekly', { tenant: 'acme' });
    const jobs = [
      await schedules.trigger('weekly', { tenant: 'acme' }),
      await schedules.trigger('weekly', { tenant: 'acme' }),
    ];
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(2);
    for (const job of jobs) {
      expect(await stand.client.get(job)).toMatchObject({
        ...{ type: 'report.build', version: 2, status: 'queued', tenant: 'acme', priority: 'high' },
        ...{ schedule: 'weekly', scheduledFor: new Date(lab.clock.now()) },
        deadline: new Date(lab.clock.now() + HOUR),
      });
    }
  });

  it('is refused while the last job has not ended, where the schedule says skip', async () => {
    const { schedules } = stand.client;
    await schedules.trigger('nightly');
    await expect(schedules.trigger('nightly')).rejects.toThrow(TickRefusedError);
  });
});

describe('a backfill', () => {
  const from = new Date('2026-12-01T00:00:00Z');
  const to = new Date('2026-12-05T00:00:00Z');

  it('previews, then makes each job that there is not, with the id of its tick', async () => {
    const { schedules } = stand.client;
    await schedules.put(report, { ...weekly, name: 'daily', cron: '0 7 * * ? *' });
    const ref = { tenant: 'acme' };
    const preview = await schedules.backfill('daily', from, to, { ...ref, dryRun: true });
    expect(preview.map(({ at }) => at.toISOString())).toEqual(
      ['01', '02', '03', '04'].map((day) => `2026-12-${day}T06:00:00.000Z`),
    );
    expect(preview.every(({ result }) => result === 'made')).toBe(true);
    const [first] = preview;
    expect(await stand.client.get(first?.id ?? '')).toBeUndefined();
    expect(first?.id).toBe(tickId({ tenant: 'acme', schedule: 'daily', at: first?.at.getTime() ?? 0 }));
    const half = await schedules.backfill('daily', from, new Date('2026-12-03T00:00:00Z'), ref);
    expect(half.map(({ result }) => result)).toEqual(['made', 'made']);
    const rest = await schedules.backfill('daily', from, to, ref);
    expect(rest.map(({ result }) => result)).toEqual(['exists', 'exists', 'made', 'made']);
    expect(await stand.client.get(rest[3]?.id ?? '')).toMatchObject({
      scheduledFor: rest[3]?.at,
      status: 'queued',
    });
  });

  it('of a rate is made up for where its times are known: not of one that the stack deploys', async () => {
    const { schedules } = stand.client;
    await schedules.put(report, hourly);
    lab.clock.advance(4 * HOUR);
    const now = lab.clock.now();
    const made = await schedules.backfill('hourly', new Date(now - 3 * HOUR), new Date(now));
    expect(made).toHaveLength(3);
    const rate = defineSchedule(report, { name: 'rate', every: '1h', payload: { title: 'Hour' } });
    const client = stand.clientOf(defineCatalog([report], { schedules: [rate] }));
    const span = [new Date(now - 3 * HOUR), new Date(now)] as const;
    await expect(client.schedules.backfill('rate', ...span)).rejects.toThrow(InvalidOptionError);
  });

  it('has jobs that may not overlap wait for each other', async () => {
    const entries = await stand.client.schedules.backfill('nightly', from, to);
    expect(entries.map(({ result }) => result)).toEqual(['made', 'waiting', 'waiting', 'waiting']);
  });

  it.each([
    ['a span that is none', to, from],
    ['the future', from, new Date('2027-02-01T00:00:00Z')],
    ['more firings than a backfill may have', new Date('2020-01-01T00:00:00Z'), to],
    ['what is no time', new Date(Number.NaN), to],
  ])('of %s is refused', async (_, begin, end) => {
    await expect(stand.client.schedules.backfill('nightly', begin, end)).rejects.toThrow(InvalidOptionError);
  });
});

it('schedules of two tables know nothing of each other', async () => {
  const other = await lab.stand({ catalog, handlers: { 'report.build': () => undefined } });
  const name = `own-${randomUUID().slice(0, 8)}`;
  await stand.client.schedules.put(report, { ...weekly, name });
  expect(await other.client.schedules.get(name, { tenant: 'acme' })).toBeUndefined();
});
