import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleep } from '../../lib/contract/index.ts';
import { failBefore, meddle } from '../faults/sdk-faults.ts';
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

describe('an outage of EventBridge Scheduler', () => {
  it('holds the stream up for five minutes in all, and has each job sent once', async () => {
    const system = await System.of(lab);
    const { stand } = system;
    const batches: DynamoDBRecord[][] = [];
    for (let nth = 0; nth < 6; nth++) {
      const { id } = await stand.client.enqueue('work', { n: nth }, { delay: 60 * MINUTE });
      const good = await Promise.all([1, 2, 3].map((n) => stand.client.enqueue('work', { n })));
      const before = (await streamRecords(lab, stand.tableName)).length;
      await stand.client.cancel([id]);
      for (const job of good) await stand.amend(job.id, { out: 0 });
      batches.push((await streamRecords(lab, stand.tableName)).slice(before));
    }
    const began = lab.clock.now();
    const down = failBefore(system.wire.scheduler, 'DeleteScheduleCommand');
    for (const batch of batches) {
      while ((await system.follow(batch)).length > 0) lab.clock.advance(10_000);
      lab.clock.advance(MINUTE);
    }
    expect(lab.clock.now() - began).toBe(5 * MINUTE + batches.length * MINUTE);
    expect(system.sent).toBe(3 * batches.length);
    down.stop();
    // It has one again: whatever fails from now on is tried for as long as at first.
    expect(await system.follow(batches[0])).toEqual([]);
    using _again = failBefore(system.wire.scheduler, 'DeleteScheduleCommand');
    expect(await system.follow(batches[1])).toHaveLength(1);
  });

  it('that leaves every call unanswered leaves the function its time: far jobs go by SQS', async () => {
    const { system, follow } = await given(async ({ stand }) => {
      for (let n = 0; n < 100; n++) await stand.client.enqueue('work', { n }, { delay: 60 * MINUTE });
    });
    let waiting = 0;
    const silent = meddle(system.wire.scheduler, 'CreateScheduleCommand', async () => {
      waiting++;
      // Two tries of three seconds.
      await sleep(lab.clock, 6_000);
      waiting--;
      throw Object.assign(new Error('no answer'), { name: 'TimeoutError' });
    });
    const began = lab.clock.now();
    let failed: string[] | undefined;
    const following = follow().then((answer) => {
      failed = answer;
    });
    while (!failed) {
      await new Promise((resolve) => setImmediate(resolve));
      if (waiting === 20) lab.clock.advance(6_000);
    }
    await following;
    expect(failed).toEqual([]);
    expect(lab.clock.now() - began).toBeLessThanOrEqual(45_000);
    expect(system.sent).toBe(100);
    expect(silent.tries).toBe(20);
  });
});
