import { DeleteScheduleCommand, GetScheduleCommand, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startScheduler } from '../../../lib/local/scheduler/index.ts';
import { OFF, REGION, ROLE, SchedulerFixture } from './scheduler-fixture.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('the local Scheduler', () => {
  let fixture: SchedulerFixture;
  let queue: { url: string; arn: string };

  // The clock begins with 2027.
  beforeEach(async () => {
    fixture = await SchedulerFixture.start();
    queue = await fixture.queue();
  });
  afterEach(() => fixture[Symbol.asyncDispose]());

  const advance = (ms: number) => fixture.scheduler.advance(ms);
  const exists = async (Name = 'schedule'): Promise<boolean> => {
    try {
      await fixture.client.send(new GetScheduleCommand({ Name }));
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return false;
      throw error;
    }
  };

  describe('with a single time', () => {
    const once = { ScheduleExpression: 'at(2027-01-01T09:00:00)', ScheduleExpressionTimezone: 'Asia/Tokyo' };

    it('fires then, by the clocks of the zone, and not before', async () => {
      await fixture.sends(queue.url, 'hello', { ...once, ScheduleExpression: 'at(2027-01-01T10:00:00)' });
      await advance(HOUR - 1);
      expect(await fixture.bodies(queue.url)).toEqual([]);
      await advance(1);
      expect(await fixture.bodies(queue.url)).toEqual(['hello']);
      await advance(400 * DAY);
      expect(await fixture.bodies(queue.url)).toEqual([]);
    });

    it('fires at a moment that is just now', async () => {
      await fixture.sends(queue.url, 'hello', once);
      await advance(0);
      expect(await fixture.bodies(queue.url)).toEqual(['hello']);
    });

    it.each([
      ['NONE', true],
      ['DELETE', false],
    ] as const)('and the action %s after it: it is still there: %s', async (ActionAfterCompletion, stays) => {
      const ScheduleExpression = 'at(2027-01-01T00:01:00)';
      await fixture.sends(queue.url, 'hello', { ScheduleExpression, ActionAfterCompletion });
      expect(await exists()).toBe(true);
      await advance(60_000);
      expect(await exists()).toBe(stays);
    });
  });

  it('fires a rate from its creation on, at once', async () => {
    await advance(90_500);
    await fixture.sends(queue.url, '<aws.scheduler.scheduled-time>', {
      ScheduleExpression: 'rate(1 minute)',
    });
    await advance(120_000);
    expect(await fixture.bodies(queue.url)).toEqual([
      '2027-01-01T00:01:30Z',
      '2027-01-01T00:02:30Z',
      '2027-01-01T00:03:30Z',
    ]);
  });

  it('fires from StartDate to EndDate, and is completed then', async () => {
    await fixture.sends(queue.url, '<aws.scheduler.scheduled-time>', {
      ScheduleExpression: 'rate(1 day)',
      StartDate: new Date('2027-02-01T06:00:00Z'),
      EndDate: new Date('2027-02-03T06:00:00Z'),
      ActionAfterCompletion: 'DELETE',
    });
    await advance(32 * DAY);
    expect(await exists()).toBe(true);
    await advance(60 * DAY);
    expect(await fixture.bodies(queue.url)).toEqual(['2027-02-01T06:00:00Z', '2027-02-02T06:00:00Z']);
    expect(await exists()).toBe(false);
  });

  it('fires a year of days in a few seconds, with the hour that spring skips and autumn repeats', async () => {
    await fixture.sends(queue.url, 'x', {
      ScheduleExpression: 'cron(30 2 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
    });
    await advance(365 * DAY);
    const fired = fixture.delivered();
    expect(fired).toHaveLength(364);
    expect(new Set(fired).size).toBe(364);
    expect(fired.filter((time) => /^2027-03-2[789]/.test(time))).toEqual([
      '2027-03-27T01:30Z',
      '2027-03-29T00:30Z',
    ]);
    expect(fired.filter((time) => /^2027-10-3[01]/.test(time))).toEqual([
      '2027-10-30T00:30Z',
      '2027-10-31T00:30Z',
    ]);
    expect(fired).toContain('2027-11-01T01:30Z');
  }, 60_000);

  it('fires when the clock it was given moves, too', async () => {
    await fixture.sends(queue.url, 'tick', { ScheduleExpression: 'cron(0 * * * ? *)' });
    fixture.clock.advance(3 * HOUR);
    await fixture.scheduler.settled();
    expect(fixture.delivered()).toEqual([
      '2027-01-01T00:00Z',
      '2027-01-01T01:00Z',
      '2027-01-01T02:00Z',
      '2027-01-01T03:00Z',
    ]);
  });

  it('fires many schedules in the order of their times', async () => {
    const minutes = [7, 3, 9, 1, 5, 8, 2, 6, 4, 10];
    for (const minute of minutes) {
      const ScheduleExpression = `at(2027-01-01T00:${String(minute).padStart(2, '0')}:00)`;
      await fixture.sends(queue.url, `${minute}`, { Name: `at-${minute}`, ScheduleExpression });
    }
    await advance(HOUR);
    expect(await fixture.bodies(queue.url)).toEqual(minutes.toSorted((a, b) => a - b).map(String));
  });

  it('fires within a flexible window, at a moment that chance gives', async () => {
    await fixture.sends(queue.url, '<aws.scheduler.scheduled-time>', {
      ScheduleExpression: 'cron(0 6 * * ? *)',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 },
    });
    await advance(6 * HOUR);
    expect(await fixture.bodies(queue.url)).toEqual([]);
    await advance(HOUR);
    expect(await fixture.bodies(queue.url)).toEqual(['2027-01-01T06:00:00Z']);
    await advance(30 * DAY);
    expect(fixture.delivered()).toHaveLength(31);
  });

  it('fires no more once it is deleted', async () => {
    await fixture.sends(queue.url, 'x', { ScheduleExpression: 'cron(0 * * * ? *)' });
    await advance(HOUR);
    await fixture.client.send(new DeleteScheduleCommand({ Name: 'schedule' }));
    await advance(DAY);
    expect(fixture.delivered()).toEqual(['2027-01-01T00:00Z', '2027-01-01T01:00Z']);
  });

  it('rests while it is disabled, and misses what falls due meanwhile', async () => {
    const expression = { ScheduleExpression: 'cron(0 * * * ? *)' };
    await fixture.sends(queue.url, 'x', { ...expression, State: 'DISABLED' });
    await advance(2.5 * HOUR);
    expect(fixture.delivered()).toEqual([]);
    const Target = { Arn: queue.arn, RoleArn: ROLE, Input: 'again' };
    const update = { Name: 'schedule', ...expression, FlexibleTimeWindow: OFF, Target };
    await fixture.client.send(new UpdateScheduleCommand({ ...update, State: 'ENABLED' }));
    await advance(HOUR);
    expect(fixture.delivered()).toEqual(['2027-01-01T03:00Z']);
    expect(await fixture.bodies(queue.url)).toEqual(['again']);
  });

  it('goes by the new expression after an update', async () => {
    await fixture.sends(queue.url, 'x', { ScheduleExpression: 'cron(0 * * * ? *)' });
    await advance(HOUR);
    await fixture.client.send(
      new UpdateScheduleCommand({
        Name: 'schedule',
        ScheduleExpression: 'cron(30 * * * ? *)',
        FlexibleTimeWindow: OFF,
        Target: { Arn: queue.arn, RoleArn: ROLE, Input: 'x' },
      }),
    );
    await advance(HOUR);
    expect(fixture.delivered()).toEqual(['2027-01-01T00:00Z', '2027-01-01T01:00Z', '2027-01-01T01:30Z']);
  });
});

describe('the local Scheduler in real time', () => {
  it('fires at its time', async () => {
    const firedAt: number[] = [];
    const onEvent = () => firedAt.push(Date.now());
    await using fixture = await SchedulerFixture.start({ clock: undefined, onEvent });
    const { url } = await fixture.queue();
    const due = Math.ceil(Date.now() / 1000) * 1000 + 1_000;
    const ScheduleExpression = `at(${new Date(due).toISOString().slice(0, 19)})`;
    await fixture.sends(url, 'x', { ScheduleExpression });
    await vi.waitFor(() => expect(firedAt).toHaveLength(1), { timeout: 10_000, interval: 10 });
    const late = (firedAt[0] ?? 0) - due;
    expect(late).toBeGreaterThanOrEqual(0);
    // Within a second on a machine that has the time; a busy one gets more, and AWS takes up to 60.
    expect(late).toBeLessThan(5_000);
  }, 20_000);

  it('leaves nothing when it is disposed with schedules waiting', async () => {
    const scheduler = await startScheduler({ sqsEndpoint: 'http://127.0.0.1:1', region: REGION });
    const { endpoint } = scheduler;
    await scheduler[Symbol.asyncDispose]();
    await expect(fetch(endpoint)).rejects.toThrow();
  });
});
