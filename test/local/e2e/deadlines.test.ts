import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EnqueuedJob, JobPage } from '../../../lib/client/index.ts';
import type { Priority } from '../../../lib/contract/index.ts';
import type { Operator, RedriveReport, Whereabouts } from '../../../lib/operate/index.ts';
import { millrace } from '../../cli/millrace-command.ts';
import type { Step } from './fixture/catalog.ts';
import { type FixtureCloud, startFixture } from './fixture-cloud.ts';

const steps = (...each: Step[]) => ({ steps: each });

describe('a deadline, on the local cloud', () => {
  let fixture: FixtureCloud;
  let operator: Operator;
  const cleanup = new AsyncDisposableStack();

  beforeAll(async () => {
    fixture = cleanup.use(await startFixture());
    ({ operator } = fixture);
  }, 120_000);
  afterAll(() => cleanup.disposeAsync());

  const command = (...args: string[]) => millrace(args, fixture.cloud.env);
  const paused = async (priority: Priority) => {
    const queue = { pool: 'default', priority };
    await operator.drain(queue);
    return { [Symbol.asyncDispose]: async () => void (await operator.resume(queue)) };
  };
  /** A job that can start for a second; returns once that is over. */
  async function overdue(priority: Priority): Promise<EnqueuedJob> {
    const job = await fixture.client.enqueue('calm.run', steps('succeed'), { priority, deadline: '1s' });
    const { deadline } = (await fixture.client.get(job)) ?? {};
    await vi.waitUntil(() => Date.now() > (deadline?.getTime() ?? 0), { timeout: 5_000 });
    return job;
  }

  it('ends a job of a paused queue: the sweeper expires it, it is listed, and redriven without it', async () => {
    const sweeper = fixture.cloud.resources.get('Fixture/Millrace/Sweeper/Function').logicalId;
    const sweep = () => fixture.cloud.functions.invoke(sweeper, {});
    let id: string;
    {
      await using _low = await paused('low');
      // The first round over the table is over: from here on only the index brings the sweeper to the job.
      expect(await sweep()).toMatchObject({ payload: { finished: true } });
      ({ id } = await overdue('low'));
      expect(await fixture.client.get(id)).toMatchObject({ status: 'queued' });
      const waiting = (await command('where', id, '--json')).json<Whereabouts>();
      expect(waiting.next).toMatch(/deadline passed .* ago: a worker, or the sweeper/);

      expect(await sweep()).toMatchObject({
        payload: { scanned: 0, overdue: 1, mended: 1, caughtUp: true },
      });
      expect(await fixture.client.get(id)).toMatchObject({ status: 'expired', attempts: 0 });
      const listed = (await command('jobs', 'list', '--status', 'expired', '--json')).json<JobPage>();
      expect(listed.jobs.map((job) => job.id)).toEqual([id]);
      expect((await command('jobs', 'list', '--status', 'expired')).stdout).toMatch(
        /ID +TYPE +TENANT +EXPIRED/,
      );
      expect((await command('jobs', 'list')).stdout).toContain('No dead jobs.');
      const where = (await command('where', id, '--json')).json<Whereabouts>();
      expect(where).toMatchObject({ place: 'ended', here: expect.stringMatching(/^It expired .* ago/) });
    }
    // Its message is taken now, and finds nothing left to do.
    await vi.waitUntil(
      async () => (await operator.queues({ pool: 'default' })).every(({ waiting }) => waiting === 0),
      {
        timeout: 20_000,
      },
    );
    expect(await fixture.executions(id)).toEqual([]);
    const redriven = await command(
      'jobs',
      'redrive',
      '--status',
      'expired',
      '--why',
      'late is fine',
      '--json',
    );
    expect(redriven.json<RedriveReport>()).toMatchObject({ redriven: 1, failed: 0 });
    expect(await fixture.client.wait(id)).toMatchObject({ status: 'succeeded', deadline: undefined });
  });

  it('ends a job that its queue brings too late, by the worker, without executing it', async () => {
    let job: EnqueuedJob;
    {
      await using _high = await paused('high');
      job = await overdue('high');
    }
    expect(await fixture.client.wait(job, { timeout: '20s' })).toMatchObject({
      status: 'expired',
      attempts: 0,
    });
    expect(await fixture.settled(job.id)).toMatchObject([{ outcome: 'expired', priority: 'high' }]);
    expect(await fixture.executions(job.id)).toEqual([]);
    const [last] = (await fixture.client.history(job)).slice(-1);
    expect(last).toMatchObject({ to: 'expired', why: 'the deadline passed' });
  });

  it('is told to a running handler by its signal, and no other attempt follows', async () => {
    // It would keep its lease by heartbeats until it is told to end.
    const job = await fixture.client.enqueue('calm.run', steps('watch'), { deadline: '4s' });
    await fixture.begun(job.id, 1);
    const ended = await fixture.client.wait(job, { timeout: '20s' });
    expect(ended).toMatchObject({ status: 'dead', attempts: 1, error: { name: 'DeadlinePassedError' } });
    expect(ended.endedAt.getTime()).toBeGreaterThanOrEqual(ended.deadline?.getTime() ?? 0);
    expect(await fixture.executions(job.id)).toHaveLength(1);
  });
});
