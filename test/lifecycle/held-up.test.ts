import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failBefore } from '../faults/sdk-faults.ts';
import { streamRecords } from '../worker/history.ts';
import { Lab } from '../worker/lab.ts';
import { System } from './system.ts';

// EventBridge Scheduler does not answer for hours: the jobs of the outbox go on.

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const MINUTE = 60_000;

/** What `change` writes to the table, and the lifecycle function to follow it. */
async function given(change: (system: System) => Promise<unknown>) {
  const system = await System.of(lab);
  const before = (await streamRecords(lab, system.stand.tableName)).length;
  await change(system);
  const written = (await streamRecords(lab, system.stand.tableName)).slice(before);
  const follow = () => system.follow(written);
  return { system, follow, log: () => system.lines.filter(({ message }) => message === 'change given up') };
}

describe('what the stream asks for besides a dispatch', () => {
  it.each<[string, string, (system: System) => Promise<unknown>]>([
    [
      'the deletion of a schedule that was taken back',
      'DeleteScheduleCommand',
      async ({ stand }) => {
        const { id } = await stand.client.enqueue('work', { n: 1 }, { delay: 60 * MINUTE });
        await stand.client.cancel([id]);
      },
    ],
    [
      'a change of a schedule',
      'CreateScheduleCommand',
      ({ stand }) => stand.client.schedules.put('work', { name: 'nightly', every: '1d', payload: { n: 1 } }),
    ],
  ])('holds up the jobs behind it for five minutes, then no longer: %s', async (_, command, change) => {
    const { system, follow, log } = await given(change);
    // The function is hours behind: that is no reason to give anything up.
    lab.clock.advance(180 * MINUTE);
    const down = failBefore(system.wire.scheduler, command);
    for (const pause of [1, 5 * MINUTE - 1]) {
      expect(await follow()).toHaveLength(1);
      lab.clock.advance(pause);
    }
    expect(log()).toEqual([]);
    expect(await follow()).toEqual([]);
    expect(log()).toMatchObject([{ level: 'error', change: expect.stringContaining('schedule') }]);
    down.stop();
    expect(await follow()).toEqual([]);
    expect(log()).toHaveLength(1);
  });

  it('is tried for as long again where it was followed in between', async () => {
    const { system, follow, log } = await given(({ stand }) =>
      stand.client.schedules.put('work', { name: 'nightly', every: '1d', payload: { n: 1 } }),
    );
    const once = failBefore(system.wire.scheduler, 'CreateScheduleCommand', 1);
    expect(await follow()).toHaveLength(1);
    once.stop();
    expect(await follow()).toEqual([]);
    lab.clock.advance(5 * MINUTE);
    await system.stand.client.schedules.put('work', { name: 'nightly', every: '2d', payload: { n: 1 } });
    using _down = failBefore(system.wire.scheduler, 'UpdateScheduleCommand');
    expect(await follow()).toHaveLength(1);
    expect(log()).toEqual([]);
  });

  it('holds them up while the table does not answer: a turn that nobody takes may be a day late', async () => {
    const { system, follow, log } = await given(async ({ stand }) => {
      const { id } = await stand.client.enqueue('work', { n: 1 });
      await stand.amend(id, { status: 'cancelled', serial: 'tenant#nightly', endedAt: 1, expiresAt: 9e9 });
    });
    using _down = failBefore(system.wire.dynamodb, 'GetItemCommand');
    for (let tries = 0; tries < 3; tries++) {
      expect(await follow()).toHaveLength(1);
      lab.clock.advance(5 * MINUTE);
    }
    expect(log()).toEqual([]);
  });
});
