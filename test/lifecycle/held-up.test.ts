import type { DynamoDBRecord } from 'aws-lambda';
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

function aged(record: DynamoDBRecord, age: number): DynamoDBRecord {
  const ApproximateCreationDateTime = (lab.clock.now() - age) / 1000;
  return { ...record, dynamodb: { ...record.dynamodb, ApproximateCreationDateTime } };
}

/** What `change` writes to the table, and the lifecycle function to follow it when it is so old. */
async function given(change: (system: System) => Promise<unknown>) {
  const system = await System.of(lab);
  const before = (await streamRecords(lab, system.stand.tableName)).length;
  await change(system);
  const written = (await streamRecords(lab, system.stand.tableName)).slice(before);
  const follow = (age: number) => system.follow(written.map((record) => aged(record, age)));
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
    const down = failBefore(system.wire.scheduler, command);
    expect(await follow(5 * MINUTE - 1_000)).toHaveLength(1);
    expect(log()).toEqual([]);
    expect(await follow(5 * MINUTE)).toEqual([]);
    expect(log()).toMatchObject([{ level: 'error' }]);
    down.stop();
    expect(await follow(5 * MINUTE)).toEqual([]);
    expect(log()).toHaveLength(1);
  });
});
