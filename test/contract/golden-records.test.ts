import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENV, isEnded, STATUSES } from '../../lib/contract/index.ts';
import { createSweeper } from '../../lib/lifecycle/index.ts';
import {
  type Item,
  type JobRecord,
  readRecord,
  ScheduleTable,
  stateItem,
  succeedWrite,
} from '../../lib/state/index.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import { type Golden, goldenRecords } from './golden-fixtures.ts';
import { follow, given as givenTo } from './golden-given.ts';

// What released versions left in the table and on the queues, met by today's build on the real engines.
// fixtures/golden/README.md says what to do when a test here fails.

const GOLDEN = goldenRecords();
const JOBS = GOLDEN.filter(({ state }) => state !== undefined);

function of(...names: readonly string[]): Golden[] {
  return GOLDEN.filter(({ name }) => names.some((each) => name === each || name.startsWith(`${each}-`)));
}

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
  // Whatever was due or leased when the files were written is due, or has lapsed, now.
  lab.clock.advance(3_600_000);
});
afterAll(() => lab[Symbol.asyncDispose]());

const given = (golden: Golden) => givenTo(lab, golden);

it('there is a record of every state', () => {
  const states = new Set(JOBS.map(({ state }) => state?.['status']?.S));
  expect([...states].sort()).toEqual([...STATUSES].sort());
});

describe.each(JOBS)('$name: $description', ({ state }) => {
  it('is read whole', () => {
    const { pk: _pk, sk: _sk, ...attributes } = state as Item;
    const record: JobRecord = readRecord(state as Item);
    expect(Object.keys(record).sort()).toEqual(['id', ...Object.keys(attributes)].sort());
    expect(stateItem(record)).toEqual(state);
  });
});

const waiting = of('queued', 'scheduled', 'retrying').filter(({ message }) => message !== undefined);
const isKnown = ({ state }: Golden) => state?.['type']?.S === 'scene';

describe.each(waiting.filter(isKnown))('$name', (golden) => {
  it('is claimed by its message, executed and settled', async () => {
    const { stand, id, record } = await given(golden);
    const before = await record();
    expect((await stand.invoke()).failures).toEqual([]);
    const claimed = await record();
    expect(claimed).toMatchObject({ id, unsettled: 0, gen: before.gen, startedAt: lab.clock.now() });
    await stand.drain();
    const { status, attempts } = await record();
    expect(isEnded(status)).toBe(true);
    expect(attempts).toBeGreaterThan(before.attempts);
  });
});

describe.each(waiting.filter((golden) => !isKnown(golden)))('$name', (golden) => {
  it('is of a type that is not known yet: dispatched again for later', async () => {
    const { stand, record } = await given(golden);
    const before = await record();
    expect((await stand.invoke()).failures).toEqual([]);
    expect(await record()).toMatchObject({ status: 'queued', dispatch: before.dispatch + 1, attempts: 0 });
  });
});

describe.each(of('running'))('$name', (golden) => {
  it('is claimed again once its lease has lapsed, and ends', async () => {
    const { stand, record } = await given(golden);
    const { cancelRequested: asked, unsettled } = await record();
    await stand.drain();
    expect(await record()).toMatchObject(
      asked ? { status: 'cancelled' } : { status: 'succeeded', unsettled },
    );
  });

  it('is settled by the worker of then, which still holds it', async () => {
    const { stand, record } = await given(golden);
    const { id, gen, dispatch, holder = '', token = '', attempts, unsettled } = await record();
    const held = { message: { id, gen, dispatch, nonce: holder }, token, attempts, unsettled };
    const write = succeedWrite(held, { now: lab.clock.now(), retention: 1, result: undefined });
    expect(await stand.table.update(write)).toMatchObject({ ok: true, record: { status: 'succeeded' } });
  });
});

describe.each(of('queued-outbox', 'queued-recorded'))('$name', (golden) => {
  it('is sent by the lifecycle function, executed and settled', async () => {
    const { stand, record } = await given(golden);
    await follow(stand, golden.state as Item);
    await stand.drain();
    expect(isEnded((await record()).status)).toBe(true);
  });
});

describe.each(of('succeeded', 'dead', 'cancelled', 'expired'))('$name', (golden) => {
  it('is shown with its history, and redriven', async () => {
    const { stand, id, record } = await given(golden);
    const ended = await record();
    expect(await stand.client.get(id)).toMatchObject({ id, status: ended.status, endedAt: expect.any(Date) });
    const history = await stand.client.history(id);
    expect(history.length).toBeGreaterThan(
      golden.items.filter(({ sk }) => /^(attempt|event)/.test(sk?.S ?? '')).length,
    );
    expect(await stand.client.redrive([id])).toEqual([{ id, ok: true }]);
    await follow(stand, stateItem(await record()));
    await stand.drain();
    expect(isEnded((await record()).status)).toBe(true);
  });
});

it('a dead job is listed', async () => {
  const golden = JOBS.find(({ name }) => name === 'dead');
  const { stand, id } = await given(golden as Golden);
  expect(await stand.client.list()).toMatchObject({
    jobs: [{ id, error: { name: 'Fail' } }],
    unreadable: [],
  });
});

it('a job that waits for others is left alone by everyone but who cancels it', async () => {
  const [golden] = of('blocked');
  const { stand, id, record } = await given(golden as Golden);
  expect(await stand.client.cancel([id])).toEqual([{ id, ok: true, status: 'cancelled' }]);
  expect(await record()).toMatchObject({ status: 'cancelled' });
});

it('a schedule is shown, left alone by a put of the same, and lets the job that waits go', async () => {
  const [golden] = of('schedules');
  const { stand, record } = await given(golden as Golden);
  const { schedules } = stand.client;
  const payload = { play: 'succeed' } as const;
  const daily = {
    name: 'daily',
    tenant: 'acme',
    cron: '0 7 * * ? *',
    timeZone: 'Europe/Berlin',
    payload,
  } as const;
  const same = { ...daily, overlap: 'queue', window: '10m', description: 'each day' } as const;
  expect((await schedules.list({ tenant: 'acme' })).schedules).toMatchObject([
    { name: 'daily', window: 600_000 },
  ]);
  expect(await schedules.put('scene', same)).toMatchObject({
    changed: false,
    schedule: { state: 'pending' },
  });
  const table = new ScheduleTable({ client: lab.wire.dynamodb, tableName: stand.tableName });
  expect(await table.isPaused({ name: 'nightly', tenant: 'acme' })).toBe(true);
  const current = 'ktg2Xg0DiY4jcDktVmPtDB9wTdyx';
  expect(await stand.client.cancel([current])).toMatchObject([{ ok: true }]);
  await follow(stand, stateItem(await stand.record(current)));
  expect(await record()).toMatchObject({ status: 'queued', out: 0 });
});

it('quarantined messages are listed', async () => {
  const [golden] = of('quarantined');
  const { stand } = await given(golden as Golden);
  const { messages, unreadable } = await stand.client.listQuarantined();
  expect(messages.map(({ messageId }) => messageId).sort()).toEqual(['dead-1', 'dead-2']);
  expect(unreadable).toEqual([]);
});

it('the sweeper goes on from the place that it was left at', async () => {
  const [golden] = of('sweeper');
  const { stand } = await given(golden as Golden);
  const { logger, lines } = recordedLog();
  const sweeper = createSweeper({
    env: { ...stand.environment, [ENV.messageRetention]: '60' },
    ...{ dynamodb: lab.wire.dynamodb, logger, clock: lab.clock, chance: stand.chance },
  });
  // The round was over an hour ago: the next one is not due.
  expect(await sweeper({}, { getRemainingTimeInMillis: () => 900_000 })).toMatchObject({
    scanned: 0,
    finished: true,
  });
  expect(lines).toEqual([]);
});
