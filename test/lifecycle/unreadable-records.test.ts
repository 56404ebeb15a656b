import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENV, type TickSource, tickId, writeTick } from '../../lib/contract/index.ts';
import { createSweeper } from '../../lib/lifecycle/index.ts';
import { type Item, stateItem } from '../../lib/state/index.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import { work } from '../worker/work.ts';
import { System } from './system.ts';

// Records that a person or another program spoiled: nothing is decided by them, and nobody else waits for them.

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** A job whose record was spoiled behind its message, and one beside it that is whole. */
async function given(spoilt: Item) {
  const system = await System.of(lab);
  const { stand } = system;
  const [bad, good] = await Promise.all([
    stand.client.enqueue('work', { n: 1 }),
    stand.client.enqueue('work', { n: 2 }),
  ]);
  const found = await stand.messages();
  const spoil = async (change: Item = spoilt) => {
    const Item = { ...stateItem(whole), ...change };
    await lab.wire.dynamodb.send(new PutItemCommand({ TableName: stand.tableName, Item }));
  };
  const whole = await stand.record(bad.id);
  await spoil();
  return {
    system,
    stand,
    bad: bad.id,
    good: good.id,
    spoil,
    bodies: found.map(({ message }) => message.Body ?? ''),
  };
}

const SPOILT: Item = { status: { S: 'sleeping' } };

function sweeperOf(stand: System['stand'], messageRetention: string) {
  const { logger, lines } = recordedLog();
  const sweeper = createSweeper({
    env: { ...stand.environment, [ENV.messageRetention]: messageRetention },
    ...{ dynamodb: lab.open().dynamodb, logger, clock: lab.clock, chance: stand.chance },
  });
  return { lines, sweep: () => sweeper({ now: true }, { getRemainingTimeInMillis: () => 900_000 }) };
}

describe('a spoilt record', () => {
  it('has its dead letter quarantined, body and all, and its neighbour brought back', async () => {
    const { system, stand, bad, good, bodies } = await given(SPOILT);
    for (const body of bodies) await system.send(body);
    expect((await system.record()).failures).toEqual([]);
    const { messages } = await stand.client.listQuarantined();
    expect(messages.map(({ body }) => body)).toEqual(bodies.filter((body) => body.includes(bad)));
    expect(messages[0]?.reason).toContain('status is {"S":"sleeping"}');
    expect(await stand.record(good)).toMatchObject({ out: 1 });
  });

  it('holds up nothing behind it in the stream, and is sent once it is mended', async () => {
    const { system, stand, good, spoil } = await given({ ...SPOILT, out: { N: '0' } });
    await stand.amend(good, { out: 0 });
    expect(await system.followNew()).toEqual([]);
    expect(system.sent).toBe(1);
    expect(system.lines).toContainEqual(
      expect.objectContaining({ level: 'error', error_message: expect.stringContaining('sleeping') }),
    );
    await spoil({ out: { N: '0' } });
    expect(await system.followNew()).toEqual([]);
    expect(system.sent).toBe(2);
  });

  it('whose payload is not JSON holds up nothing either', async () => {
    const { system, good, stand } = await given({ payload: { S: '{"n":' }, out: { N: '0' } });
    await stand.amend(good, { out: 0 });
    expect(await system.followNew()).toEqual([]);
    expect(system.sent).toBe(1);
  });

  it('keeps no other job from being swept, and is named', async () => {
    const { stand, good, bad, spoil } = await given(SPOILT);
    await stand.amend(good, { runAt: 0, enqueuedAt: 0 });
    const { sweep, lines } = sweeperOf(stand, '60');
    expect(await sweep()).toMatchObject({ mended: 1, failed: 1, finished: true });
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', job: `job#${bad}` }));
    await spoil({ gen: { N: '7' } });
    expect(await sweep()).toMatchObject({ mended: 0, failed: 1, finished: true });
  });
});

/** A schedule whose jobs may not overlap, and whose ticks come when the test says so. */
async function scheduled(overlap: 'skip' | 'queue') {
  const system = await System.of(lab);
  const { stand } = system;
  const { name: type, version, pool, priority } = work;
  const job = { type, version, pool, priority };
  const source: TickSource = { schedule: 'busy', job, payload: { n: 1 }, overlap, maxAge: 86_400_000 };
  const start = lab.clock.now();
  const at = (n: number) => start + n * 60_000;
  const id = (n: number) => tickId({ ...source, at: at(n) });
  return {
    ...{ system, stand, id },
    body: (n: number) => writeTick(source, at(n)),
    tick: async (n: number) => {
      await stand.send(writeTick(source, at(n)));
      expect((await stand.invoke()).failures).toEqual([]);
    },
    spoil: async (n: number) => {
      const Item = { ...stateItem(await stand.record(id(n))), ...SPOILT };
      await lab.wire.dynamodb.send(new PutItemCommand({ TableName: stand.tableName, Item }));
    },
    status: async (n: number) => (await stand.table.get(id(n)))?.status,
    named: (n: number) =>
      expect.objectContaining({
        ...{ level: 'error', message: 'schedule goes on without a job: record unreadable' },
        ...{ job_id: id(n), schedule: 'busy', error_message: expect.stringContaining('sleeping') },
      }),
  };
}

describe("a spoilt record of a schedule's job", () => {
  it.each(['skip', 'queue'] as const)('counts as ended for the next tick: %s', async (overlap) => {
    const { tick, spoil, status, named, stand } = await scheduled(overlap);
    await tick(0);
    await spoil(0);
    await tick(1);
    expect(await status(1)).toBe('queued');
    expect(stand.lines).toContainEqual(named(0));
  });

  it.each(['skip', 'queue'] as const)('has no tick quarantined by the recorder: %s', async (overlap) => {
    const { tick, spoil, status, named, body, system } = await scheduled(overlap);
    await tick(0);
    await spoil(0);
    await system.send(body(1));
    expect((await system.record()).failures).toEqual([]);
    expect((await system.stand.client.listQuarantined()).messages).toEqual([]);
    expect(await status(1)).toBe('queued');
    expect(system.lines).toContainEqual(named(0));
  });

  it('lets those that wait for it go, once the next tick comes', async () => {
    const { tick, spoil, status, named, system } = await scheduled('queue');
    for (const n of [0, 1]) await tick(n);
    await spoil(0);
    await tick(2);
    // No job overtakes one that waits.
    expect(await status(2)).toBe('blocked');
    expect(await system.followNew()).toEqual([]);
    expect(await status(1)).toBe('queued');
    expect(system.lines).toContainEqual(named(0));
  });

  it('lets those that wait for it go, once the sweeper comes', async () => {
    const { tick, spoil, status, named, system, stand } = await scheduled('queue');
    for (const n of [0, 1]) await tick(n);
    await spoil(0);
    await system.skipNew();
    const { sweep, lines } = sweeperOf(stand, '1209600');
    // The spoilt record itself is what fails.
    expect(await sweep()).toMatchObject({ mended: 1, failed: 1, finished: true });
    expect(lines).toContainEqual(named(0));
    expect(await system.followNew()).toEqual([]);
    expect(await status(1)).toBe('queued');
  });

  it('is passed over where it waits first', async () => {
    const { tick, spoil, status, named, id, system, stand } = await scheduled('queue');
    for (const n of [0, 1, 2]) await tick(n);
    await spoil(1);
    await stand.client.cancel([id(0)]);
    expect(await system.followNew()).toEqual([]);
    expect(await status(2)).toBe('queued');
    expect(system.lines).toContainEqual(named(1));
  });

  it('was made all the same: a copy of its tick makes none', async () => {
    const { tick, spoil, system, stand } = await scheduled('skip');
    await tick(0);
    await system.followNew();
    await stand.drain();
    await tick(1);
    await spoil(0);
    await tick(0);
    expect(stand.lines).toContainEqual(expect.objectContaining({ message: 'tick came again' }));
  });

  it('is made up for no more, as the preview of a backfill says', async () => {
    const { stand } = await System.of(lab);
    const { client, tableName: TableName } = stand;
    await client.schedules.put(work, { name: 'every-five', cron: '0/5 * * * ? *', payload: { n: 1 } });
    const from = new Date(lab.clock.now());
    lab.clock.advance(5 * 60_000);
    const span = [from, new Date(lab.clock.now())] as const;
    const [made] = await client.schedules.backfill('every-five', ...span);
    expect(made).toMatchObject({ result: 'made' });
    const Item = { ...stateItem(await stand.record(made?.id ?? '')), ...SPOILT };
    await lab.wire.dynamodb.send(new PutItemCommand({ TableName, Item }));
    for (const dryRun of [true, false])
      expect(await client.schedules.backfill('every-five', ...span, { dryRun })).toEqual([
        { ...made, result: 'exists' },
      ]);
  });
});

describe("a sweeper's place that was spoilt", () => {
  it.each(['nothing', '{"from":{"pk":"a"}}', '{"finished":9e15}', '{"finished":"yesterday"}'])(
    'begins a new round: %s',
    async (control) => {
      const { stand } = await System.of(lab);
      const Item = { pk: { S: 'control#sweeper' }, sk: { S: 'control' }, control: { S: control } };
      await lab.wire.dynamodb.send(new PutItemCommand({ TableName: stand.tableName, Item }));
      await stand.client.enqueue('work', { n: 1 });
      const { logger } = recordedLog();
      const sweeper = createSweeper({
        env: { ...stand.environment, [ENV.messageRetention]: '60' },
        ...{ dynamodb: lab.open().dynamodb, logger, clock: lab.clock, chance: stand.chance },
      });
      const report = await sweeper(undefined, { getRemainingTimeInMillis: () => 900_000 });
      expect(report).toMatchObject({ scanned: 2, finished: true });
    },
  );
});
