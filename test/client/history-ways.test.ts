import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../lib/client/index.ts';
import { Snooze } from '../../lib/contract/index.ts';
import { releaseWrite } from '../../lib/state/index.ts';
import { goldenRecords } from '../contract/golden-fixtures.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { CrashPlan } from '../worker/crash-plan.ts';
import { Lab } from '../worker/lab.ts';
import { Outbox } from '../worker/outbox.ts';
import type { StandOptions } from '../worker/stand.ts';
import { catalog, type WorkHandler, work } from '../worker/work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

function standFor(handler: WorkHandler, options: Partial<StandOptions<typeof catalog>> = {}) {
  return lab.stand({ catalog, handlers: { work: handler }, ...options });
}

type WorkStand = Awaited<ReturnType<typeof standFor>>;

/** The history, once it is a chain that ends where the record stands. */
async function historyOf({ client }: Pick<WorkStand, 'client'>, id: string): Promise<HistoryEntry[]> {
  const told = await client.history(id);
  expect(told.map(({ from }) => from)).toEqual(['none', ...told.slice(0, -1).map(({ to }) => to)]);
  expect(told.at(-1)?.to).toBe((await client.get(id))?.status);
  return told;
}

function path(told: readonly HistoryEntry[]): string[] {
  return told.map(
    ({ from, to, attempt }) => `${from} → ${to}${attempt === undefined ? '' : ` (${attempt})`}`,
  );
}

describe('the history of', () => {
  it('a job that succeeded names the worker', async () => {
    const stand = await standFor(() => 'done');
    const { id } = await stand.client.enqueue('work', { n: 1 });
    await stand.invoke();
    const told = await historyOf(stand, id);
    expect(path(told)).toEqual(['none → queued', 'queued → running (1)', 'running → succeeded (1)']);
    expect(told.map(({ worker }) => worker)).toEqual([undefined, 'local', 'local']);
    await stand.client.redrive([id]);
    expect(path(await historyOf(stand, id))).toEqual([...path(told), 'succeeded → queued']);
  });

  it('a delayed job says so after it ran', async () => {
    const stand = await standFor(() => 'done');
    const { id } = await stand.client.enqueue('work', { n: 1 }, { delay: '5s' });
    lab.clock.advance(5_000);
    await stand.invoke();
    expect(path(await historyOf(stand, id))).toEqual([
      'none → scheduled',
      'scheduled → running (1)',
      'running → succeeded (1)',
    ]);
  });

  it('a snoozed job keeps every execution, and from where it began', async () => {
    let runs = 0;
    const stand = await standFor(() => {
      runs += 1;
      if (runs < 3) throw new Snooze({ for: '5s' });
    });
    const { id } = await stand.client.enqueue('work', { n: 1 });
    await stand.drain();
    const told = await historyOf(stand, id);
    expect(path(told)).toEqual([
      'none → queued',
      'queued → running (1)',
      'running → scheduled (1)',
      'scheduled → running (1)',
      'running → scheduled (1)',
      'scheduled → running (1)',
      'running → succeeded (1)',
    ]);
    expect(told[2]).toMatchObject({ by: 'handler', worker: 'local' });
  });

  it('a job that failed tells of each attempt with its worker and error', async () => {
    const stand = await standFor((_, { attempt }) => {
      if (attempt < 3) throw new TypeError(`attempt ${attempt}`);
    });
    const { id } = await stand.client.enqueue('work', { n: 1 });
    await stand.drain();
    const told = await historyOf(stand, id);
    expect(path(told)).toEqual([
      'none → queued',
      'queued → running (1)',
      'running → retrying (1)',
      'retrying → running (2)',
      'running → retrying (2)',
      'retrying → running (3)',
      'running → succeeded (3)',
    ]);
    expect(told[4]).toMatchObject({ worker: 'local', error: { name: 'TypeError', message: 'attempt 2' } });
  });

  it.each([
    ['failed', () => new TypeError('no'), { error: { name: 'TypeError', message: 'no' } }],
    ['snoozed', () => new Snooze({ for: '5s' }), { by: 'worker', why: 'a cancel was requested' }],
  ])('a running job that was cancelled and %s ends in `cancelled`', async (_, thrown, end) => {
    const stand: WorkStand = await standFor(async (_payload, { id }) => {
      await stand.client.cancel([id], { by: 'ada', why: 'a mistake' });
      throw thrown();
    });
    const { id } = await stand.client.enqueue('work', { n: 1 });
    await stand.invoke();
    const told = await historyOf(stand, id);
    expect(path(told)).toEqual([
      'none → queued',
      'queued → running (1)',
      'running → running (1)',
      'running → cancelled (1)',
    ]);
    expect(told[2]).toMatchObject({ by: 'ada', why: 'a mistake' });
    expect(told[3]).toMatchObject({ worker: 'local', ...end });
  });

  it('a job whose workers died tells of every start', async () => {
    // A claim and its settle; then each time a claim that fails, a look, a claim under the lapsed lease, a settle.
    const points = [2, 6, 10].map((call) => ({ call, when: 'before' }) as const);
    const stand = await standFor(() => 'done', { crash: new CrashPlan(points) });
    const { id } = await stand.client.enqueue('work', { n: 1 });
    await stand.drain();
    const told = await historyOf(stand, id);
    expect(path(told)).toEqual([
      'none → queued',
      'queued → running (1)',
      'running → running (1)',
      'running → running (1)',
      'running → dead (1)',
    ]);
    expect(told[2]).toMatchObject({ by: 'worker', worker: 'local', why: /its lease lapsed at 20/ });
    const times = told.map(({ time }) => time.getTime());
    expect(new Set(times.slice(1)).size).toBe(4);
  });

  it('a job of a schedule that waited for the one before it', async () => {
    const stand = await standFor(() => 'done');
    const outbox = new Outbox(stand);
    const { schedules } = stand.client;
    await schedules.put(work, { name: 'often', every: '5m', payload: { n: 1 }, overlap: 'queue' });
    const first = await schedules.trigger('often');
    const second = await schedules.trigger('often');
    expect(path(await historyOf(stand, second.id))).toEqual(['none → blocked']);
    for (const _ of [first, 'the end of it', second]) {
      await outbox.follow();
      await stand.invoke();
    }
    const told = await historyOf(stand, second.id);
    expect(path(told)).toEqual([
      'none → blocked',
      'blocked → queued',
      'queued → running (1)',
      'running → succeeded (1)',
    ]);
    expect(told[1]).toMatchObject({ by: 'lifecycle', why: /schedule 'often'/ });
  });

  it.each(['queued', 'retrying'] as const)(
    'a %s job that was claimed and handed back unexecuted',
    async (status) => {
      const stand = await standFor(() => Promise.reject(new Error('no')));
      const { id } = await stand.client.enqueue('work', { n: 1 });
      if (status === 'retrying') await stand.invoke();
      const { gen, dispatch, attempts } = await stand.record(id);
      const before = path(await historyOf(stand, id));
      const held = { status: 'running', token: 't', holder: 'n', unsettled: 1, worker: 'w' } as const;
      await stand.amend(id, { ...held, startedAt: lab.clock.now(), leaseUntil: lab.clock.now() + 1_000 });
      const message = { id, gen, dispatch, nonce: 'n' };
      await stand.table.update(releaseWrite({ message, token: 't', attempts, unsettled: 1 }));
      const back = status === 'queued' ? [] : ['retrying → running', 'running → queued'];
      expect(path(await historyOf(stand, id))).toEqual([...before, ...back]);
    },
  );

  it('a job that was taken over and handed back unexecuted says that something is not on record', async () => {
    const stand = await standFor(() => 'done');
    const { id } = await stand.client.enqueue('work', { n: 1 });
    const held = { status: 'running', token: 't', holder: 'n', unsettled: 1, worker: 'w' } as const;
    await stand.amend(id, { ...held, startedAt: lab.clock.now(), leaseUntil: lab.clock.now() });
    lab.clock.advance(1);
    // Who takes it over finds that the claim took the time that was left, and hands it back.
    const slow = meddle(stand.wire.dynamodb, 'TransactWriteItemsCommand', ({ call }) => {
      lab.clock.advance(11_000);
      return call();
    });
    await stand.invoke({ remaining: 20_000 });
    slow.stop();
    expect(await stand.record(id)).toMatchObject({ status: 'queued', unsettled: 1 });
    await stand.drain();
    const told = await historyOf(stand, id);
    expect(path(told)).toEqual([
      'none → queued',
      'queued → running (1)',
      'running → running (1)',
      'running → queued',
      'queued → running (1)',
      'running → succeeded (1)',
    ]);
    expect(told[3]).toMatchObject({ why: 'not on record' });
  });
});

describe('what released versions left behind', () => {
  const jobs = goldenRecords().filter(({ state }) => state !== undefined);

  it.each(jobs.map((golden) => [golden.name, golden] as const))(
    'is told to where it stands: %s',
    async (_, golden) => {
      const stand = await standFor(() => 'done');
      const { dynamodb } = lab.wire;
      for (const Item of golden.items)
        await dynamodb.send(new PutItemCommand({ TableName: stand.tableName, Item }));
      await historyOf(stand, golden.state?.['pk']?.S?.slice('job#'.length) ?? '');
    },
  );
});
