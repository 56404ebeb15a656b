import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULTS, writeTick } from '../../lib/contract/index.ts';
import { askedAt } from '../../lib/operate/outbox-mark.ts';
import {
  type Item,
  type ScheduleRecord,
  ScheduleTable,
  scheduleItem,
  stateItem,
  tickSourceOf,
} from '../../lib/state/index.ts';
import { Lab } from '../worker/lab.ts';
import type { SceneStand } from './everything-written.ts';
import { goldenRecords } from './golden-fixtures.ts';
import { follow, type Given, given } from './golden-given.ts';

// What the fields mean that only some jobs in flight carry. fixtures/golden/README.md says what to do when a test here fails.

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
  // Whatever was due or leased when the files were written is due, or has lapsed, now; but for `queued-far`.
  lab.clock.advance(3_600_000);
});
afterAll(() => lab[Symbol.asyncDispose]());

const GOLDEN = goldenRecords();

async function find(
  name: string,
): Promise<Given & { readonly items: readonly Item[]; readonly state: Item }> {
  const golden = GOLDEN.find((each) => each.name === name);
  if (!golden) throw new Error(`no file record-v1-${name}.json`);
  return { ...(await given(lab, golden)), items: golden.items, state: golden.state ?? {} };
}

/** The image of another item than the job's. */
function itemOf({ items }: { readonly items: readonly Item[] }, kind: string): Item {
  return items.find(({ sk }) => sk?.S?.split('#')[0] === kind) ?? {};
}

async function pathOf({ stand, id }: Given): Promise<string[]> {
  return (await stand.client.history(id)).map(({ from, to }) => `${from} → ${to}`);
}

it('worker: the history names who executes the job', async () => {
  const { stand, id, state } = await find('running-worker');
  const told = await stand.client.history(id);
  expect(told.at(-1)).toMatchObject({ to: 'running', attempt: 1, worker: state['worker']?.S });
});

it('unknownSince: the wait of a job that no build can run goes by it, and the history tells it once', async () => {
  const { stand, record, state, ...rest } = await find('queued-unknown');
  expect((await stand.invoke()).failures).toEqual([]);
  const { unknownSince, runAt, dispatch } = await record();
  expect({ unknownSince, runAt, dispatch }).toEqual({
    unknownSince: Number(state['unknownSince']?.N),
    runAt: lab.clock.now() + DEFAULTS.unknownTypeCap,
    dispatch: 3,
  });
  expect(await pathOf({ stand, record, ...rest })).toEqual(['none → queued', 'queued → queued']);
});

it('born, unblockedAt: the history tells that the job waited, and when its turn came', async () => {
  const found = await find('queued-unblocked');
  const { stand, id, record } = found;
  const { unblockedAt = 0, ...rest } = await record();
  expect(await pathOf(found)).toEqual(['none → blocked', 'blocked → queued']);
  const told = await stand.client.history(id);
  expect(told[1]).toMatchObject({ time: new Date(unblockedAt), by: 'lifecycle', why: /'daily'/ });
  expect(askedAt({ ...rest, unblockedAt })).toBe(unblockedAt);
  await follow(stand, found.state);
  await stand.drain();
  expect(await record()).toMatchObject({ status: 'succeeded', scheduledFor: rest.scheduledFor });
});

it('attempt, startedAt, worker of an event: who lost the lease, and since when it had it', async () => {
  const found = await find('running-taken-over');
  const event = itemOf(found, 'event');
  expect(await pathOf(found)).toEqual(['none → queued', 'queued → running', 'running → running']);
  const [, first, second] = await found.stand.client.history(found.id);
  const time = new Date(Number(event['startedAt']?.N));
  expect(first).toMatchObject({ time, attempt: 1, worker: event['worker']?.S });
  expect(second).toMatchObject({ by: 'worker', why: event['why']?.S, attempt: 1, worker: 'local' });
});

it('endedAt of an event: a success that was redriven', async () => {
  const found = await find('queued-outbox-succeeded');
  const event = itemOf(found, 'event');
  const told = await found.stand.client.history(found.id);
  expect(await pathOf(found)).toEqual([
    ...['none → queued', 'queued → running', 'running → succeeded', 'succeeded → queued'],
  ]);
  expect(told[2]).toMatchObject({ time: new Date(Number(event['endedAt']?.N)), worker: 'local' });
});

it('replaced: the payload before the patch', async () => {
  const found = await find('queued-patched');
  const told = await found.stand.client.history(found.id);
  expect(told.at(-1)).toMatchObject({ by: 'someone', why: 'mended', replaced: '{"play":"fail"}' });
  await follow(found.stand, found.state);
  await found.stand.drain();
  expect(await found.record()).toMatchObject({ status: 'succeeded', payload: '{"play":"succeed"}' });
});

it.each([
  ['dead-lost', 'JobLostError', { by: 'worker', why: 'the lease was lost too often' }],
  ['dead-deadline', 'DeadlinePassedError', { attempt: 1, error: { cause: 'NonError: no error' } }],
])('error, death: what the job died of, also once it is redriven: %s', async (name, error, entry) => {
  const { stand, id } = await find(name);
  const told = await stand.client.history(id);
  expect(told.at(-1)).toMatchObject({ to: 'dead', ...entry });
  expect(told.at(-1)?.error).toMatchObject({ name: error, fingerprint: expect.stringMatching(/^.{12}$/) });
  expect(await stand.client.redrive([id])).toMatchObject([{ ok: true }]);
  expect((await stand.client.history(id)).slice(0, -1)).toEqual(told);
});

it('no error in the event of a death: the history names the record’s, while it has one', async () => {
  const { stand, id, record } = await find('dead-lost-unnamed');
  const told = await stand.client.history(id);
  expect(told.at(-1)).toMatchObject({ to: 'dead', by: 'worker', error: (await record()).error });
  await stand.client.redrive([id]);
  expect((await stand.client.history(id)).filter(({ error }) => error !== undefined)).toEqual([]);
});

function tableOf({ tableName }: SceneStand): ScheduleTable {
  return new ScheduleTable({ client: lab.wire.dynamodb, tableName });
}

const often = { name: 'often', tenant: 'acme' } as const;

it('paused, problem, startAt, endAt, deadline of a schedule: shown, and made once it is resumed', async () => {
  const { stand } = await find('schedule-paused');
  const { schedules } = stand.client;
  const begin = Date.UTC(2027, 0);
  expect(await schedules.get('often', often)).toMatchObject({
    ...{ paused: true, state: 'refused', problem: 'EventBridge Scheduler refused the schedule' },
    ...{ startAt: new Date(begin + 86_400_000), endAt: new Date(begin + 864_000_000) },
  });
  await schedules.resume('often', often);
  await follow(stand, scheduleItem((await tableOf(stand).definition(often)) as ScheduleRecord));
  expect(await schedules.get('often', often)).toMatchObject({
    ...{ paused: false, state: 'active', problem: undefined },
  });
  const [made] = await stand.standing();
  expect(made).toMatchObject({ State: 'ENABLED', StartDate: new Date(begin + 86_400_000) });
  const { MessageBody } = JSON.parse(made?.Target?.Input ?? '');
  expect(JSON.parse(MessageBody).tick).toMatchObject({ deadline: 7_200_000 });
});

it('deleted: not shown, and its item goes after the schedule that fires', async () => {
  const found = await find('schedule-deleted');
  const { stand } = found;
  expect(await stand.client.schedules.get('often', often)).toBeUndefined();
  expect((await stand.client.schedules.list(often)).schedules).toEqual([]);
  await follow(stand, itemOf(found, 'schedule'));
  expect(await tableOf(stand).definition(often)).toBeUndefined();
});

it('skipped, out of a schedule’s ticks: a copy makes no job, and the next one that waits goes', async () => {
  const found = await find('schedule-asked');
  const { stand } = found;
  const table = tableOf(stand);
  const before = await table.progress(often);
  const source = tickSourceOf((await table.definition(often)) as ScheduleRecord);
  for (const at of before.skipped?.split(',') ?? []) await stand.send(writeTick(source, Number(at)));
  expect((await stand.invoke()).failures).toEqual([]);
  expect(await table.progress(often)).toEqual(before);
  await follow(stand, itemOf(found, 'ticks'));
  const { current = '', ...after } = await table.progress(often);
  expect(after).toEqual({ turn: before.turn + 1, waiting: 1, skipped: before.skipped });
  expect(await stand.record(current)).toMatchObject({ status: 'queued', out: 0, born: 'blocked' });
});

it('drop, outAt: of a far job, the schedule of the dispatch before goes, and this one’s fires', async () => {
  const { stand, record, state } = await find('queued-far');
  const { outAt, drop = 0, ...found } = await record();
  expect(drop).toBe(found.dispatch - 1);
  expect(askedAt({ ...found, outAt, drop })).toBe(outAt);
  // The schedule that stood then.
  await follow(stand, stateItem({ ...found, dispatch: drop, out: drop, hops: drop }));
  const [before] = await stand.standing();
  await follow(stand, state);
  const after = await stand.standing();
  expect(after).toHaveLength(1);
  expect(after[0]?.Name).not.toBe(before?.Name);
  await lab.pass(found.runAt - lab.clock.now());
  await stand.drain();
  expect(await record()).toMatchObject({ status: 'succeeded', startedAt: expect.any(Number) });
});
