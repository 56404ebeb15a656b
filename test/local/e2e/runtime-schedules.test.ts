import {
  GetScheduleCommand,
  ListSchedulesCommand,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { recurringName } from '../../../lib/dispatch/index.ts';
import { calm } from './fixture/catalog.ts';
import { type FixtureCloud, startFixture } from './fixture-cloud.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };
const yearly = { name: 'yearly', cron: '0 7 1 1 ? *', tenant: 'acme' } as const;
const ref = { tenant: 'acme' };

describe('a schedule that is put at run time, on the local cloud', () => {
  let fixture: FixtureCloud;
  let scheduler: SchedulerClient;
  let GroupName: string;
  const cleanup = new AsyncDisposableStack();

  beforeAll(async () => {
    fixture = cleanup.use(await startFixture());
    ({ scheduler } = fixture);
    GroupName = await fixture.groupName('Runtime');
  }, 120_000);
  afterAll(() => cleanup.disposeAsync());

  const standing = async () =>
    ((await scheduler.send(new ListSchedulesCommand({ GroupName }))).Schedules ?? []).map(({ Name }) => Name);

  /** Has the schedule fire in a second, as it stands but for its time. */
  const fireNow = async (Name: string) => {
    const { Target, FlexibleTimeWindow } = await scheduler.send(new GetScheduleCommand({ GroupName, Name }));
    const at = new Date((Math.floor(Date.now() / 1_000) + 1) * 1_000);
    const ScheduleExpression = `at(${at.toISOString().slice(0, 19)})`;
    await scheduler.send(
      new UpdateScheduleCommand({ GroupName, Name, Target, FlexibleTimeWindow, ScheduleExpression }),
    );
    return at;
  };

  it('is made by the stack, fires, and its tick is a job that runs; deleted, it is gone', async () => {
    const { schedules } = fixture.client;
    await schedules.put(calm, { ...yearly, payload: { steps: ['succeed'] } });
    const state = async () => (await schedules.get('yearly', ref))?.state;
    await vi.waitUntil(async () => (await state()) === 'active', PATIENCE);
    const Name = recurringName({ schedule: 'yearly', tenant: 'acme' });
    expect(await standing()).toEqual([Name]);

    const at = await fireNow(Name);
    const [preview] = await schedules.backfill('yearly', new Date('2026-01-01T00:00:00Z'), new Date(), {
      ...ref,
      dryRun: true,
    });
    expect(preview?.result).toBe('made');
    const line = await vi.waitUntil(() => madeJob(fixture, 'yearly'), PATIENCE);
    const job = await fixture.client.wait(line.job_id);
    expect(job).toMatchObject({ status: 'succeeded', tenant: 'acme', schedule: 'yearly', scheduledFor: at });

    await schedules.delete('yearly', ref);
    await vi.waitUntil(async () => (await standing()).length === 0, PATIENCE);
  });

  it("that says 'queue' runs its jobs one after the other", async () => {
    const { schedules } = fixture.client;
    await schedules.put(calm, {
      ...yearly,
      name: 'one-by-one',
      overlap: 'queue',
      payload: { steps: ['work briefly'] },
    });
    const jobs: { id: string }[] = [];
    for (let n = 0; n < 3; n++) jobs.push(await schedules.trigger('one-by-one', ref));
    const ended = await Promise.all(jobs.map(({ id }) => fixture.client.wait(id)));
    const spans = ended.map(
      ({ startedAt, endedAt }) => [startedAt?.getTime() ?? 0, endedAt.getTime()] as const,
    );
    for (const [n, [started]] of spans.slice(1).entries())
      expect(started).toBeGreaterThanOrEqual(spans[n]?.[1] ?? Number.POSITIVE_INFINITY);
    expect(ended.every(({ status }) => status === 'succeeded')).toBe(true);
  });
});

/** What a worker said when a tick of the schedule made a job. */
function madeJob({ events }: FixtureCloud, schedule: string): { job_id: string } | undefined {
  const lines = events.flatMap((event) =>
    event.type === 'log' && event.line.includes('"tick made a job"')
      ? (JSON.parse(event.line) as { job_id: string; schedule: string })
      : [],
  );
  return lines.find((line) => line.schedule === schedule);
}
