import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { defineSchedule, tickId } from '../../../lib/contract/index.ts';
import { calm } from './fixture/catalog.ts';
import { type FixtureCloud, startFixture } from './fixture-cloud.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };
const payload = { steps: ['succeed' as const] };

describe('the schedules of a deployed catalog', () => {
  let fixture: FixtureCloud;
  beforeAll(async () => {
    // A rate without a start fires as soon as it is deployed.
    const minutely = defineSchedule(calm, {
      name: 'minutely',
      every: '1m',
      tenant: 'acme',
      priority: 'high',
      payload,
    });
    const cron = { cron: '0 7 * * ? *', timeZone: 'Europe/Berlin' } as const;
    const daily = defineSchedule(calm, { name: 'daily', ...cron, payload });
    fixture = await startFixture({ schedules: [minutely, daily] });
  }, 120_000);
  afterAll(() => fixture?.[Symbol.asyncDispose]());

  it('make jobs at their times, each known by its schedule and its time', async () => {
    const id = await vi.waitUntil(() => settledIds(fixture)[0], PATIENCE);
    const job = await fixture.client.get(id);
    expect(job).toMatchObject({
      ...{ type: 'calm.run', status: 'succeeded', tenant: 'acme', priority: 'high', schedule: 'minutely' },
      attempts: 1,
    });
    const at = job?.scheduledFor?.getTime() ?? Number.NaN;
    expect(id).toBe(tickId({ schedule: 'minutely', tenant: 'acme', at }));
    expect(Math.abs(Date.now() - at)).toBeLessThan(120_000);
  });

  it('stand in a group of their own, with the one that runs the sweeper', async () => {
    const { AWS_REGION: region, AWS_ENDPOINT_URL_SCHEDULER: endpoint } = fixture.cloud.env;
    const credentials = { accessKeyId: 'millrace', secretAccessKey: 'millrace' };
    const scheduler = new SchedulerClient({ region, endpoint, credentials });
    const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}));
    scheduler.destroy();
    expect(Schedules).toHaveLength(3);
    for (const { GroupName, State } of Schedules)
      expect({ GroupName, State }).toEqual({
        GroupName: expect.stringContaining('Declared'),
        State: 'ENABLED',
      });
  });

  it('run the sweeper', async () => {
    const { physicalName } = fixture.cloud.resources.get('Fixture/Millrace/Sweeper/Function');
    const runs = () =>
      fixture.events.flatMap((event) =>
        event.type === 'invoke-end' && event.function === physicalName ? event.outcome : [],
      );
    await vi.waitUntil(() => runs().length > 0, PATIENCE);
    expect(new Set(runs())).toEqual(new Set(['succeeded']));
  });
});

function settledIds({ events }: FixtureCloud): string[] {
  return events
    .flatMap((event) => (event.type === 'log' && event.line.includes('"job settled"') ? event.line : []))
    .map((line) => (JSON.parse(line) as { job_id: string }).job_id);
}
