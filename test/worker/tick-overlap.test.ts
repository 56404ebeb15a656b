import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEnded, LIMITS, type TickSource, tickId, writeTick } from '../../lib/contract/index.ts';
import { LOG_LINES } from '../../lib/observe/index.ts';
import {
  acceptTick,
  claimWrite,
  type Item,
  type JobRecord,
  partitionKey,
  readRecord,
  releaseNext,
  ScheduleTable,
  STATE,
  succeedWrite,
} from '../../lib/state/index.ts';
import { System } from '../lifecycle/system.ts';
import { history, streamRecords } from './history.ts';
import { Lab } from './lab.ts';
import { work } from './work.ts';

const MINUTE = 60_000;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

function sourceOf(overlap: 'skip' | 'queue'): TickSource {
  const { name: type, version, pool, priority } = work;
  const job = { type, version, pool, priority };
  return { schedule: 'busy', tenant: 'acme', job, payload: { n: 1 }, overlap, maxAge: 600 * MINUTE };
}

/** A schedule whose ticks come when the test says so, and whose jobs end when it says so. */
async function busy(overlap: 'skip' | 'queue') {
  const system = await System.of(lab);
  const { stand } = system;
  const source = sourceOf(overlap);
  const start = lab.clock.now();
  const schedules = new ScheduleTable({ client: lab.wire.dynamodb, tableName: stand.tableName });
  const deps = { table: stand.table, schedules, chance: stand.chance };
  const at = (n: number) => start + n * MINUTE;
  const id = (n: number) => tickId({ ...source, at: at(n) });
  return {
    ...{ system, stand, id, source, deps, at },
    tick: async (n: number) => {
      await stand.send(writeTick(source, at(n)));
      const { failures } = await stand.invoke();
      expect(failures).toEqual([]);
    },
    status: async (n: number) => (await stand.table.get(id(n)))?.status,
    /** The lifecycle function sends, a worker runs. */
    run: async () => {
      await system.followNew();
      await stand.drain();
    },
    dropped: () =>
      stand.lines.filter(({ message }) => message === LOG_LINES.tickDropped).map(({ why }) => why),
  };
}

describe("a tick of a schedule that says 'skip'", () => {
  it('makes no job while the last one has not ended, and a job again once it has', async () => {
    const { tick, status, run, dropped } = await busy('skip');
    await tick(0);
    await tick(1);
    expect(await status(0)).toBe('queued');
    expect(await status(1)).toBeUndefined();
    expect(dropped()).toEqual(['overlap']);
    await run();
    expect(await status(0)).toBe('succeeded');
    await tick(2);
    expect(await status(2)).toBe('queued');
  });

  it('stays skipped when a copy of it comes after the job has ended', async () => {
    const { tick, status, run } = await busy('skip');
    await tick(0);
    await tick(1);
    await run();
    await tick(1);
    expect(await status(1)).toBeUndefined();
  });

  it('is no loss when it is a copy of the one whose job runs', async () => {
    const { tick, dropped } = await busy('skip');
    await tick(0);
    await tick(0);
    expect(dropped()).toEqual([]);
  });

  it('makes its job once, also when a copy of it comes after the job’s record was deleted', async () => {
    const { tick, status, run, id, stand } = await busy('skip');
    await tick(0);
    await run();
    for (const part of [{ sk: { S: STATE } }, ...(await stand.parts(id(0)))]) {
      const Key = { pk: { S: partitionKey(id(0)) }, sk: part['sk'] as { S: string } };
      await lab.wire.dynamodb.send(new DeleteItemCommand({ TableName: stand.tableName, Key }));
    }
    await tick(0);
    expect(await status(0)).toBeUndefined();
  });

  it('that eight workers take at once, with a neighbour, makes one job', async () => {
    const { deps, source, at, stand } = await busy('skip');
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, i) =>
        acceptTick(deps, { ...source, at: at(i % 2) }, { now: lab.clock.now() }),
      ),
    );
    expect(outcomes.filter(({ made }) => made)).toHaveLength(1);
    expect((await history(lab, stand.tableName)).size).toBe(1);
  });

  it('asks for the turn of what waits, where the end of the job before was not followed', async () => {
    const { deps, source, at, id, tick, status, stand, system, run, dropped } = await busy('skip');
    await tick(0);
    // A backfill waits where ticks do not.
    await acceptTick(deps, { ...source, at: at(1) }, { now: lab.clock.now(), id: id(1), asked: 'backfill' });
    await system.followNew();
    await stand.invoke();
    // What the stream says of the end is lost.
    await system.skipNew();
    await tick(2);
    expect(dropped()).toEqual(['overlap']);
    for (let turns = 0; turns < 2; turns++) await run();
    expect(await Promise.all([1, 2].map(status))).toEqual(['succeeded', undefined]);
  });
});

describe("ticks of a schedule that says 'queue'", () => {
  it('have their jobs wait, and run one after the other in the order of their times', async () => {
    const { tick, status, stand, system } = await busy('queue');
    for (const n of [0, 3, 1, 2]) await tick(n);
    expect(await Promise.all([0, 1, 2, 3].map(status))).toEqual(['queued', 'blocked', 'blocked', 'blocked']);
    for (const n of [0, 1, 2, 3]) {
      await system.followNew();
      await stand.invoke();
      const states = await Promise.all([0, 1, 2, 3].map(status));
      expect(states.filter((state) => state === 'succeeded')).toHaveLength(n + 1);
      expect(await status(n)).toBe('succeeded');
      await system.followNew();
    }
    expect(await mostAtOnce(stand.tableName)).toBe(1);
  });

  it('pass over a job that was cancelled while it waited', async () => {
    const { tick, status, stand, run, id, system } = await busy('queue');
    for (const n of [0, 1, 2]) await tick(n);
    await stand.client.cancel([id(1)]);
    await run();
    await system.followNew();
    expect(await status(1)).toBe('cancelled');
    expect(await status(2)).toBe('queued');
    await run();
    expect(await status(2)).toBe('succeeded');
  });

  it('go on after a job that ended badly', async () => {
    const { tick, status, stand, id, system } = await busy('queue');
    for (const n of [0, 1]) await tick(n);
    await stand.client.cancel([id(0)]);
    await system.followNew();
    expect(await status(1)).toBe('queued');
  });

  it('are dropped, and counted, where as many wait as may', async () => {
    const { deps, source, at, tick, dropped, stand } = await busy('queue');
    for (let n = 0; n <= LIMITS.waitingTicks; n++)
      await acceptTick(deps, { ...source, at: at(n) }, { now: lab.clock.now() });
    await tick(LIMITS.waitingTicks + 1);
    expect(dropped()).toEqual(['full']);
    expect((await history(lab, stand.tableName)).size).toBe(LIMITS.waitingTicks + 1);
  });

  it('do not stand still when the end of a job was not followed: the next tick asks for the turn', async () => {
    const { tick, status, stand, system, run } = await busy('queue');
    for (const n of [0, 1]) await tick(n);
    await system.followNew();
    await stand.invoke();
    // What the stream says of the end is lost.
    await system.skipNew();
    expect(await status(1)).toBe('blocked');
    await tick(2);
    // No job overtakes one that waits.
    expect(await status(2)).toBe('blocked');
    // The turn, and then the send, of each of the two.
    for (let turns = 0; turns < 4; turns++) await run();
    expect(await Promise.all([1, 2].map(status))).toEqual(['succeeded', 'succeeded']);
  });

  it('never run two at a time, whoever decides, ends and releases at the same moment', async () => {
    const { deps, source, at, stand } = await busy('queue');
    const ticks = 12;
    const key = { name: source.schedule, tenant: source.tenant };
    let left = ticks;
    const deciders = Array.from({ length: 4 }, async (_, worker) => {
      // Each tick comes to two of the four.
      for (let n = Math.floor(worker / 2); n < ticks; n += 2)
        await acceptTick(deps, { ...source, at: at(n) }, { now: lab.clock.now() });
    });
    const runner = (async () => {
      while (left > 0) {
        const going = await running(stand.tableName);
        expect(going.length).toBeLessThanOrEqual(1);
        const [job] = going;
        if (job) {
          left -= 1;
          await end(stand.table, job);
        }
        await Promise.all([1, 2].map(() => releaseNext(deps, key, { now: lab.clock.now() })));
      }
    })();
    await Promise.all([...deciders, runner]);
    const jobs = await history(lab, stand.tableName);
    expect(jobs.size).toBe(ticks);
    for (const records of jobs.values()) expect(records.at(-1)?.status).toBe('succeeded');
    expect(await mostAtOnce(stand.tableName)).toBe(1);
  });
});

/** Jobs that were let go and have not ended. */
async function running(tableName: string): Promise<JobRecord[]> {
  const all = [...(await history(lab, tableName)).values()].map((records) => records.at(-1) as JobRecord);
  return all.filter(({ status }) => status !== 'blocked' && !isEnded(status));
}

/** What a worker would do, in two writes. */
async function end(
  table: System['stand']['table'],
  { id, gen, dispatch, attempts }: JobRecord,
): Promise<void> {
  const message = { id, gen, dispatch, nonce: 'n' };
  const now = lab.clock.now();
  const claim = { message, token: 't', now, leaseUntil: now + MINUTE, lapseLimit: 3 };
  expect(await table.update(claimWrite(claim))).toMatchObject({ ok: true });
  const held = { message, token: 't', attempts, unsettled: 1 };
  const write = succeedWrite(held, { now, retention: 86_400_000, result: undefined });
  expect(await table.update(write)).toMatchObject({ ok: true });
}

/** The most jobs that were under way at the same time, by the order of the table's changes. */
async function mostAtOnce(tableName: string): Promise<number> {
  const going = new Set<string>();
  let most = 0;
  for (const { dynamodb } of await streamRecords(lab, tableName)) {
    const image = dynamodb?.NewImage as Item | undefined;
    if (image?.['sk']?.S !== STATE) continue;
    const { id, status } = readRecord(image);
    if (status === 'blocked' || isEnded(status)) going.delete(id);
    else going.add(id);
    most = Math.max(most, going.size);
  }
  return most;
}
