import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { IdempotencyConflictError } from '../../../lib/client/index.ts';
import { PRIORITIES } from '../../../lib/contract/index.ts';
import { backdate } from './every-way.ts';
import { patient, type Step } from './fixture/catalog.ts';
import { type FixtureCloud, startFixture } from './fixture-cloud.ts';

describe('jobs on the synthesised stack', () => {
  let fixture: FixtureCloud;
  let nextAssembly: string;

  beforeAll(async () => {
    fixture = await startFixture();
    // A synthesis keeps this process busy, and with it the queues that it holds: before any job runs.
    nextAssembly = await fixture.synth({ worker: 'next-worker.ts' });
  }, 120_000);

  afterAll(async () => {
    await fixture?.[Symbol.asyncDispose]();
  });

  const steps = (...all: Step[]) => ({ steps: all });
  const ended = (id: string) => fixture.client.wait(id, { timeout: '50s' });
  const outcomes = async (id: string) => (await fixture.settled(id)).map(({ outcome }) => outcome);

  it.concurrent('an enqueued job succeeds, and its result comes back typed', async () => {
    const job = await fixture.client.enqueue('calm.run', steps('succeed'), { correlationId: 'request-7' });
    const { status, result, attempts, correlationId } = await fixture.client.wait(job, { timeout: '50s' });
    expect({ status, attempts, correlationId }).toEqual({
      status: 'succeeded',
      attempts: 1,
      correlationId: 'request-7',
    });
    expect(result?.execution).toBe(1);
    expect(await fixture.executions(job.id)).toHaveLength(1);
  });

  it.concurrent('a job whose first attempts fail is tried again and succeeds', async () => {
    const { id } = await fixture.client.enqueue('calm.run', steps('throw', 'throw', 'succeed'));
    expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 3, dispatch: 2 });
    expect((await fixture.executions(id)).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(await outcomes(id)).toEqual(['retrying', 'retrying', 'succeeded']);
  });

  it.concurrent('a job is dead after its attempts, is listed, and succeeds once it is redriven', async () => {
    const plan = steps('throw', 'throw', 'throw', 'succeed');
    const { id } = await fixture.client.enqueue('calm.run', plan, { tenant: 'redriven' });
    expect(await ended(id)).toMatchObject({
      status: 'dead',
      attempts: 3,
      error: { name: 'Error', message: 'told to throw' },
    });
    const { jobs } = await fixture.client.list({ type: 'calm.run', tenant: 'redriven' });
    expect(jobs.map((job) => job.id)).toEqual([id]);
    expect(await fixture.client.redrive([id])).toEqual([{ id, ok: true }]);
    expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(await fixture.executions(id)).toHaveLength(4);
    expect((await fixture.client.list({ tenant: 'redriven' })).jobs).toEqual([]);
  });

  it.concurrent('a job that fails for good is dead at once', async () => {
    const { id } = await fixture.client.enqueue('calm.run', steps('fail'));
    expect(await ended(id)).toMatchObject({ status: 'dead', attempts: 1, error: { name: 'Fail' } });
    expect(await fixture.executions(id)).toHaveLength(1);
  });

  it.concurrent('a delayed job waits', async () => {
    const { id } = await fixture.client.enqueue('calm.run', steps('succeed'), { delay: '3s' });
    expect(await fixture.client.get(id)).toMatchObject({ status: 'scheduled' });
    const { enqueuedAt, startedAt } = await ended(id);
    expect((startedAt?.getTime() ?? 0) - enqueuedAt.getTime()).toBeGreaterThanOrEqual(3_000);
  });

  it.concurrent.each(PRIORITIES)('a job of priority %s runs, in both pools', async (priority) => {
    for (const type of ['calm.run', 'rough.run'] as const) {
      const { id } = await fixture.client.enqueue(type, steps('succeed'), { priority });
      expect(await ended(id)).toMatchObject({ status: 'succeeded', priority });
      expect(await fixture.settled(id)).toMatchObject([
        { priority, pool: type === 'calm.run' ? 'default' : 'rough' },
      ]);
    }
  });

  it.concurrent('jobs of two tenants run as theirs', async () => {
    const tenants = ['acme', 'globex', 'acme', 'globex'];
    const results = await fixture.client.enqueueMany(
      tenants.map((tenant) => ({ job: 'calm.run', payload: steps('succeed'), options: { tenant } })),
    );
    for (const [i, result] of results.entries()) {
      const id = result.ok ? result.job.id : '';
      expect(await ended(id)).toMatchObject({ status: 'succeeded', tenant: tenants[i] });
      expect(await fixture.executions(id)).toMatchObject([{ tenant: tenants[i] }]);
      expect(await fixture.settled(id)).toMatchObject([{ tenant: tenants[i] }]);
    }
  });

  it.concurrent('enqueues with one key, at once and later, are one job of each tenant', async () => {
    const enqueue = (tenant: string, plan = steps('succeed')) =>
      fixture.client.enqueue('calm.run', plan, { idempotencyKey: 'order-7', tenant });
    const jobs = await Promise.all(Array.from({ length: 8 }, () => enqueue('acme')));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    expect(jobs.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    const other = await enqueue('globex');
    const id = jobs[0]?.id ?? '';
    expect(other.id).not.toBe(id);
    for (const each of [id, other.id]) {
      expect(await ended(each)).toMatchObject({ status: 'succeeded', attempts: 1 });
      expect(await fixture.executions(each)).toHaveLength(1);
    }
    expect(await enqueue('acme')).toEqual({ id, deduplicated: true });
    await expect(enqueue('acme', steps('throw'))).rejects.toThrow(IdempotencyConflictError);
  });

  it.concurrent('a waiting job that is cancelled never runs', async () => {
    const { id } = await fixture.client.enqueue('calm.run', steps('succeed'), { delay: '2s' });
    const who = { by: 'ada', why: 'not needed any more' };
    expect(await fixture.client.cancel([id], who)).toMatchObject([{ id, ok: true }]);
    expect(await ended(id)).toMatchObject({ status: 'cancelled', attempts: 0 });
    expect((await fixture.client.history(id)).at(-1)).toMatchObject({ ...who, to: 'cancelled' });
    // Its message comes later than the end of the others', and finds nothing to do.
    const later = await fixture.client.enqueue('calm.run', steps('succeed'), { delay: '4s' });
    expect(await ended(later.id)).toMatchObject({ status: 'succeeded' });
    expect(await fixture.executions(id)).toEqual([]);
  });

  it.concurrent('a running job outlives its timeout by its heartbeats, and ends when it is cancelled', async () => {
    const { id } = await fixture.client.enqueue('patient.run', steps('watch'));
    const [begun] = await fixture.begun(id, 1);
    await vi.waitUntil(() => Date.now() - (begun?.at ?? 0) > patient.timeout + 500, { timeout: 10_000 });
    expect(await fixture.client.get(id)).toMatchObject({ status: 'running' });
    expect(await fixture.client.cancel([id])).toMatchObject([{ id, ok: true }]);
    expect(await ended(id)).toMatchObject({ status: 'cancelled' });
    expect(await fixture.executions(id)).toHaveLength(1);
  });

  it.concurrent('a job whose messages are gone is brought back by the sweeper', async () => {
    const { id } = await fixture.client.enqueue('calm.run', steps('succeed'), { delay: '15m' });
    await backdate(fixture, { id, days: 60 });
    const sweeper = fixture.cloud.resources.get('Fixture/Millrace/Sweeper/Function').logicalId;
    const swept = await fixture.cloud.functions.invoke(sweeper, { now: true });
    expect(swept).toMatchObject({ outcome: 'succeeded' });
    expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1, dispatch: 1 });
  });

  it.concurrent('a payload that has an item of its own reaches the handler, also after a redrive', async () => {
    const { id } = await fixture.client.enqueue('calm.run', {
      ...steps('fail', 'succeed'),
      filler: 'x'.repeat(300_000),
    });
    expect(await ended(id)).toMatchObject({ status: 'dead' });
    await fixture.client.redrive([id]);
    expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it.concurrent('a job of a type that the deployed worker lacks waits for the next deploy', async () => {
    const { id } = await fixture.client.enqueue('coming.run', steps('succeed'));
    await vi.waitFor(
      async () => {
        // Dispatched again, for later: nothing was executed, no attempt burnt.
        expect(await fixture.client.get(id)).toMatchObject({ dispatch: 1, attempts: 0 });
      },
      { timeout: 20_000, interval: 100 },
    );
    await fixture.cloud.replaceCode(nextAssembly);
    expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1, dispatch: 1 });
  });
}, 90_000);
