import {
  GetScheduleCommand,
  ListSchedulesCommand,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { scheduleName } from '../../../lib/dispatch/index.ts';
import { JobTable } from '../../../lib/state/index.ts';
import { backdate } from './every-way.ts';
import { type FixtureCloud, startFixture } from './fixture-cloud.ts';

const PATIENCE = { timeout: 30_000, interval: 100 };

describe('a job far away, on the local cloud', () => {
  let fixture: FixtureCloud;
  let scheduler: SchedulerClient;
  let GroupName: string;
  const cleanup = new AsyncDisposableStack();

  beforeAll(async () => {
    fixture = cleanup.use(await startFixture());
    ({ scheduler } = fixture);
    GroupName = await fixture.groupName('OneTime');
  }, 120_000);
  afterAll(() => cleanup.disposeAsync());

  const standing = async () =>
    ((await scheduler.send(new ListSchedulesCommand({ GroupName }))).Schedules ?? []).map(({ Name }) => Name);
  const nameOf = async (id: string) => {
    const tableName = fixture.cloud.env['MILLRACE_TABLE_NAME'] ?? '';
    const record = await new JobTable({ client: fixture.dynamodb, tableName }).get(id);
    return record ? scheduleName(record) : '';
  };

  const fireNow = async (Name: string) => {
    const { Target, FlexibleTimeWindow, ActionAfterCompletion } = await scheduler.send(
      new GetScheduleCommand({ GroupName, Name }),
    );
    const ScheduleExpression = `at(${new Date(Date.now() + 1_000).toISOString().slice(0, 19)})`;
    await scheduler.send(
      new UpdateScheduleCommand({
        ...{ GroupName, Name, Target, FlexibleTimeWindow, ActionAfterCompletion, ScheduleExpression },
      }),
    );
  };

  it('stands on a schedule, and runs when that fires', async () => {
    const runAt = new Date(Date.now() + 86_400_000);
    const { id } = await fixture.client.enqueue(
      'calm.run',
      { steps: ['succeed'] },
      { runAt, tenant: 'acme' },
    );
    expect(await fixture.client.get(id)).toMatchObject({ status: 'scheduled', runAt });
    const Name = await nameOf(id);
    await vi.waitFor(async () => expect(await standing()).toContain(Name), PATIENCE);
    expect(await fixture.operator.where(id)).toMatchObject({
      place: 'schedule',
      schedule: { group: GroupName, name: Name, stands: true, firesAt: expect.any(Date) },
    });
    // The day passes: for the record, and for the schedule.
    await backdate(fixture, { id, days: 1 });
    await fireNow(Name);
    expect(await fixture.client.wait(id, { timeout: '30s' })).toMatchObject({
      ...{ status: 'succeeded', attempts: 1, dispatch: 0 },
    });
    expect(await standing()).not.toContain(Name);
  });

  it('that is cancelled takes its schedule with it', async () => {
    const { id } = await fixture.client.enqueue('calm.run', { steps: ['succeed'] }, { delay: '30d' });
    const Name = await nameOf(id);
    await vi.waitFor(async () => expect(await standing()).toContain(Name), PATIENCE);
    expect(await fixture.client.cancel([id])).toMatchObject([{ id, ok: true }]);
    await vi.waitFor(async () => expect(await standing()).not.toContain(Name), PATIENCE);
    expect(await fixture.client.get(id)).toMatchObject({ status: 'cancelled' });
  });

  it('comes by way of the worker when its message is early, and stands on a schedule again', async () => {
    const { id } = await fixture.client.enqueue('calm.run', { steps: ['succeed'] }, { delay: '2h' });
    const Name = await nameOf(id);
    await vi.waitFor(async () => expect(await standing()).toContain(Name), PATIENCE);
    await fireNow(Name);
    await vi.waitFor(async () => {
      expect(await fixture.client.get(id)).toMatchObject({ status: 'scheduled', dispatch: 1, attempts: 0 });
      expect(await standing()).toContain(await nameOf(id));
    }, PATIENCE);
    await fixture.client.cancel([id]);
  });
});
