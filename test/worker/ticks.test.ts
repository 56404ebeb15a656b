import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TickSource, tickId, writeTick } from '../../lib/contract/index.ts';
import { LOG_LINES } from '../../lib/observe/index.ts';
import { acceptTick, ScheduleTable, scheduleItem } from '../../lib/state/index.ts';
import { System } from '../lifecycle/system.ts';
import { CrashPlan } from './crash-plan.ts';
import { history } from './history.ts';
import { Lab } from './lab.ts';
import { work } from './work.ts';

const MINUTE = 60_000;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

function source(change: Partial<TickSource> = {}): TickSource {
  const { name: type, version, pool, priority } = work;
  return {
    ...{ schedule: `every-minute-${randomUUID().slice(0, 8)}`, job: { type, version, pool, priority } },
    ...{ payload: { n: 1 }, overlap: 'allow', maxAge: 60 * MINUTE, ...change },
  };
}

/** The tick of this very minute. */
function tick(of: TickSource, at = lab.clock.now()) {
  return { body: writeTick(of, at), id: tickId({ ...of, at }), at };
}

describe('a tick', () => {
  it('becomes a job with all that its schedule says, which runs', async () => {
    const ran: unknown[] = [];
    const system = await System.of(lab, { handlers: { work: (payload) => void ran.push(payload) } });
    const { stand } = system;
    const of = source({ tenant: 'acme', deadline: MINUTE, payload: { n: 7 } });
    const { body, id, at } = tick(of);
    await stand.send(body);
    expect((await stand.invoke()).failures).toEqual([]);
    expect(await stand.record(id)).toMatchObject({
      ...{ type: 'work', status: 'queued', tenant: 'acme', priority: 'normal', out: 0, dispatch: 0 },
      ...{ schedule: of.schedule, scheduledFor: at, deadline: at + MINUTE, watchAt: at + MINUTE },
    });
    expect(await system.followNew()).toEqual([]);
    await stand.invoke();
    expect(ran).toEqual([{ n: 7 }]);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded' });
    expect(await stand.messages()).toEqual([]);
  });

  it('that comes again is the same job: in one batch, later, and when the job has ended', async () => {
    let runs = 0;
    const system = await System.of(lab, { handlers: { work: () => void runs++ } });
    const { stand } = system;
    const { body, id } = tick(source());
    for (const _ of [1, 2, 3]) await stand.send(body);
    await stand.invoke();
    await system.followNew();
    await stand.invoke();
    await stand.send(body);
    await stand.invoke();
    await system.followNew();
    await stand.drain();
    expect(runs).toBe(1);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', dispatch: 0 });
    expect(stand.lines.filter(({ message }) => message === LOG_LINES.tickDropped)).toEqual([]);
  });

  it('that comes late makes its job; past its maximum age it makes none, and is counted as missed', async () => {
    const { stand } = await System.of(lab);
    const of = source({ maxAge: 10 * MINUTE });
    const late = tick(of, lab.clock.now() - 10 * MINUTE);
    const lost = tick(of, lab.clock.now() - 10 * MINUTE - 1);
    await stand.send(late.body);
    await stand.send(lost.body);
    expect((await stand.invoke()).failures).toEqual([]);
    expect(await stand.record(late.id)).toMatchObject({ status: 'queued' });
    expect(await stand.table.get(lost.id)).toBeUndefined();
    expect(stand.lines).toContainEqual(
      expect.objectContaining({ message: LOG_LINES.tickDropped, why: 'late', schedule: of.schedule }),
    );
  });

  it('whose job was made is not missed, however late its copy comes', async () => {
    const { stand } = await System.of(lab);
    const { body } = tick(source({ maxAge: MINUTE }));
    await stand.send(body);
    await stand.invoke();
    lab.clock.advance(2 * MINUTE);
    await stand.send(body);
    await stand.invoke();
    expect(stand.lines.map(({ message }) => message)).not.toContain(LOG_LINES.tickDropped);
  });

  it('with a payload too large for the record has it in an item of its own', async () => {
    const ran: number[] = [];
    const system = await System.of(lab, {
      handlers: { work: ({ text = '' }) => void ran.push(text.length) },
    });
    const { stand } = system;
    const { body, id } = tick(source({ payload: { n: 1, text: 'x'.repeat(50_000) } }));
    await stand.send(body);
    await stand.invoke();
    expect(await stand.record(id)).toMatchObject({ parts: 1 });
    expect(await stand.record(id)).not.toHaveProperty('payload');
    await system.followNew();
    await stand.invoke();
    expect(ran).toEqual([50_000]);
  });

  it('of a job type that this build does not know makes its job all the same', async () => {
    const { stand } = await System.of(lab);
    const job = { type: 'coming', version: 1, pool: 'default', priority: 'normal' } as const;
    const { body, id } = tick(source({ job }));
    await stand.send(body);
    expect((await stand.invoke()).failures).toEqual([]);
    expect(await stand.record(id)).toMatchObject({ type: 'coming', status: 'queued' });
  });

  it('that cannot be read comes back, until it is in the dead-letter queue', async () => {
    const { stand } = await System.of(lab);
    await stand.send('{"v":1,"tick":{}}');
    const { failures } = await stand.invoke();
    expect(failures).toHaveLength(1);
    expect(stand.lines).toContainEqual(expect.objectContaining({ message: 'message unreadable' }));
  });

  it('that two workers take at the same time makes one job', async () => {
    const { stand } = await System.of(lab);
    const schedules = new ScheduleTable({ client: lab.wire.dynamodb, tableName: stand.tableName });
    for (const overlap of ['allow', 'skip', 'queue'] as const) {
      const at = lab.clock.now();
      const each = { ...source({ overlap }), at };
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () =>
          acceptTick({ table: stand.table, schedules, chance: stand.chance }, each, { now: at }),
        ),
      );
      expect(outcomes.filter(({ made }) => made)).toHaveLength(1);
      expect(new Set(outcomes.map(({ id }) => id)).size).toBe(1);
    }
  });
});

describe.each(['allow', 'skip', 'queue'] as const)('a worker that dies over a tick (%s)', (overlap) => {
  it.each(['before', 'after'] as const)('%s any of its calls leaves one job', async (when) => {
    let calls = 1;
    for (let call = 1; call <= calls; call++) {
      const crash = new CrashPlan([{ call, when }]);
      let runs = 0;
      const system = await System.of(lab, { crash, handlers: { work: () => void runs++ } });
      const { stand } = system;
      const { body, id } = tick(source({ overlap }));
      await stand.send(body);
      for (let turns = 0; turns < 3; turns++) {
        await stand.invoke();
        calls = Math.max(calls, Math.min(crash.calls, 8));
        await system.followNew();
        lab.clock.advance(3 * MINUTE);
      }
      await stand.drain();
      await system.followNew();
      expect(await stand.record(id)).toMatchObject({ status: 'succeeded', gen: expect.any(String) });
      expect(runs).toBeGreaterThanOrEqual(1);
      expect(await jobsOf(system)).toEqual([id]);
    }
    expect(calls).toBeGreaterThan(2);
  });
});

describe('a tick of a schedule that is', () => {
  const record = { ...{ name: '', type: 'work', version: 1, pool: 'default', priority: 'normal' as const } };
  const definition = {
    ...{
      ...record,
      expression: 'rate(1 minute)',
      timeZone: 'UTC',
      payload: '{"n":1}',
      overlap: 'allow' as const,
    },
    ...{ window: 0, maxAge: 60 * MINUTE, createdAt: 0, updatedAt: 0, rev: 1 },
  };

  it.each([
    ['paused', { paused: true }, 'paused'],
    ['to be deleted', { deleted: true }, 'deleted'],
    ['gone', undefined, 'deleted'],
  ])('%s makes no job', async (_, change, why) => {
    const { stand } = await System.of(lab);
    const of = source({ rev: 1 });
    if (change) {
      const Item = scheduleItem({ ...definition, ...change, name: of.schedule });
      await lab.wire.dynamodb.send(new PutItemCommand({ TableName: stand.tableName, Item }));
    }
    const { body, id } = tick(of);
    await stand.send(body);
    expect((await stand.invoke()).failures).toEqual([]);
    expect(await stand.table.get(id)).toBeUndefined();
    expect(stand.lines).toContainEqual(expect.objectContaining({ message: LOG_LINES.tickDropped, why }));
  });
});

/** The ids of all jobs in the table. */
async function jobsOf({ stand }: System): Promise<string[]> {
  return [...(await history(lab, stand.tableName)).keys()];
}
