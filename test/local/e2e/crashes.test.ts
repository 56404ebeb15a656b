import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS, type Priority } from '../../../lib/contract/index.ts';
import { rough, type Step } from './fixture/catalog.ts';
import { type FixtureCloud, shortenVisibility, startFixture } from './fixture-cloud.ts';

/** How long a lease of the rough type lasts: whoever executes the job again has to wait for its end. */
const LEASE = rough.timeout + DEFAULTS.leaseMargin;

// Each test has a queue of its own, so that no other test's jobs are in the process that it ends.
describe('jobs whose process ends', () => {
  let fixture: FixtureCloud;

  beforeAll(async () => {
    // Gathered for a second: what is enqueued together is one batch.
    fixture = await startFixture({ priorities: { maxConcurrency: 2, batchWindow: Duration.seconds(1) } });
    await shortenVisibility(fixture, { pool: 'rough', seconds: 10 });
    await shortenVisibility(fixture, { pool: 'default', seconds: 10 });
  }, 120_000);

  afterAll(async () => {
    await fixture?.[Symbol.asyncDispose]();
  });

  const enqueue = async (job: 'calm.run' | 'rough.run', priority: Priority, plans: Step[][]) => {
    const results = await fixture.client.enqueueMany(
      plans.map((steps) => {
        const entry = { payload: { steps }, options: { priority } };
        return job === 'calm.run' ? { job, ...entry } : { job, ...entry };
      }),
    );
    return results.map((result) => (result.ok ? result.job.id : ''));
  };
  const ended = (id: string) => fixture.client.wait(id, { timeout: '150s' });
  const trouble = (type: string) => fixture.events.filter((event) => event.type === type);

  it.concurrent('a job whose sandbox is killed is executed again after its lease, as the same attempt', async () => {
    const [id = ''] = await enqueue('rough.run', 'critical', [['work']]);
    const [first] = await fixture.begun(id, 1);
    process.kill(first?.pid ?? 0, 'SIGKILL');
    expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1, dispatch: 0 });
    const [, second] = await fixture.executions(id);
    expect(second).toMatchObject({ attempt: 1 });
    expect(second?.pid).not.toBe(first?.pid);
    // The claim came a little before the trace.
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(LEASE - 1_000);
  });

  it.concurrent('a job that takes all memory does no harm to its neighbours', async () => {
    const plans: Step[][] = [['exhaust', 'succeed'], ['work'], ['succeed'], ['work']];
    const [greedy = '', ...neighbours] = await enqueue('rough.run', 'high', plans);
    for (const id of [greedy, ...neighbours])
      expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(await fixture.executions(greedy)).toHaveLength(2);
    expect(trouble('out-of-memory')).toHaveLength(1);
  });

  it.concurrent('a job that ends its process each time is dead after three; its neighbours succeed', async () => {
    const plans: Step[][] = [['crash'], ['work'], ['work'], ['work']];
    const [poison = '', ...neighbours] = await enqueue('rough.run', 'normal', plans);
    for (const id of neighbours) {
      expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
      // Once beside the poison, once without it: whoever lapsed runs alone.
      expect((await fixture.executions(id)).length).toBeLessThanOrEqual(2);
    }
    expect(await ended(poison)).toMatchObject({
      status: 'dead',
      attempts: 0,
      error: { name: 'JobLostError', message: expect.stringContaining('the lease was lost too often') },
    });
    expect(await fixture.executions(poison)).toHaveLength(DEFAULTS.lapseLimit);
    const told = await fixture.client.history(poison);
    expect(told.at(-1)).toMatchObject({ from: 'running', to: 'dead', error: { name: 'JobLostError' } });
    expect(told.at(-1)?.error).toEqual((await fixture.client.get(poison))?.error);
    const { jobs } = await fixture.client.list({ type: 'rough.run' });
    expect(jobs.map(({ id }) => id)).toContain(poison);
    // A redrive takes the error out of the record, not out of the history.
    const patch = { steps: ['succeed'] };
    expect(await fixture.client.redrive([poison], { patch })).toEqual([{ id: poison, ok: true }]);
    expect(await ended(poison)).toMatchObject({ status: 'succeeded', error: undefined });
    expect((await fixture.client.history(poison)).slice(0, told.length)).toEqual(told);
  });

  it.concurrent('a job that blocks its process is ended by the function timeout, and executed again', async () => {
    const [id = ''] = await enqueue('rough.run', 'low', [['block', 'succeed']]);
    expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(trouble('timeout')).toMatchObject([{ message: expect.stringContaining('after 12.00 seconds') }]);
  });

  it.concurrent('a handler that ignores its signal costs an attempt and its process, not its neighbour', async () => {
    const [stuck = '', neighbour = ''] = await enqueue('calm.run', 'critical', [
      ['hang', 'succeed'],
      ['work'],
    ]);
    expect(await ended(neighbour)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(await ended(stuck)).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect((await fixture.settled(stuck)).map(({ outcome }) => outcome)).toEqual(['retrying', 'succeeded']);
    const [first, second] = await fixture.executions(stuck);
    expect(second?.pid).not.toBe(first?.pid);
    expect(await fixture.executions(neighbour)).toHaveLength(1);
  });

  it.concurrent.each([
    { step: 'float', priority: 'high', how: 'rejection' },
    { step: 'erupt', priority: 'low', how: 'exception' },
  ] as const)('an error that a job leaves behind takes no neighbour along ($how)', async (given) => {
    const { step, priority, how } = given;
    const ids = await enqueue('calm.run', priority, [[step], ['work'], ['work']]);
    const processes = new Set<number | undefined>();
    for (const id of ids) {
      expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
      const executed = await fixture.executions(id);
      expect(executed).toHaveLength(1);
      processes.add(executed[0]?.pid);
    }
    expect(processes.size).toBe(1);
    const [next = ''] = await enqueue('calm.run', priority, [['succeed']]);
    await ended(next);
    const [execution] = await fixture.executions(next);
    if (how === 'exception') expect(processes).not.toContain(execution?.pid);
    const lines = fixture.events.flatMap((event) =>
      event.type === 'log' && event.line.includes(`told to ${step}`) ? event.line : [],
    );
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { message: 'error left uncaught', how, job_id: ids[0], job_types: ['calm.run'] },
    ]);
  });
}, 180_000);
