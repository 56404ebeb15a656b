import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  JobNotFoundError,
  NotRedrivableError,
  OperationFailedError,
  PayloadNotStoredError,
} from '../../lib/client/index.ts';
import { InvalidOptionError } from '../../lib/contract/index.ts';
import { failAfter, failBefore, meddle } from '../faults/sdk-faults.ts';
import { putDeadJob } from './dead-job.ts';
import { Deployment, Engines } from './fixture.ts';

describe('redrive', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });

  it('starts a dead job anew through the outbox, as if it had never run', async () => {
    const dead = await putDeadJob(at);
    const before = Date.now();
    expect(await at.client.redrive([dead.id])).toEqual([{ id: dead.id, ok: true }]);

    const [record] = await at.records();
    const { id, type, version, pool, priority, gen, enqueuedAt, payload, parts } = dead;
    expect(record).toEqual({
      ...{ id, type, version, pool, priority, gen, enqueuedAt, payload, parts },
      status: 'queued',
      dispatch: dead.dispatch + 1,
      out: dead.dispatch + 1,
      outAt: record?.runAt,
      runAt: expect.any(Number),
      attempts: 0,
      unsettled: 0,
      hops: 0,
    });
    expect(record?.runAt).toBeGreaterThanOrEqual(before);
    expect((await at.client.list()).jobs).toEqual([]);
    expect(await at.receive()).toEqual([]);
  });

  it.each(['succeeded', 'cancelled', 'expired'] as const)('starts a job that is %s anew', async (status) => {
    const { id } = await putDeadJob(at, {
      status,
      deadAt: undefined,
      deadShard: undefined,
      cancelRequested: true,
    });
    expect(await at.client.redrive([id])).toEqual([{ id, ok: true }]);
    const [record] = await at.records();
    expect(record?.status).toBe('queued');
    expect(record?.cancelRequested).toBeUndefined();
  });

  it('drops a deadline that has passed and keeps one that has not', async () => {
    const passed = await putDeadJob(at, { deadline: Date.now() - 1 });
    const ahead = await putDeadJob(at, { deadline: Date.now() + 60_000 });
    await at.client.redrive([passed.id, ahead.id]);
    const deadlines = new Map((await at.records()).map(({ id, deadline }) => [id, deadline]));
    expect(deadlines.get(passed.id)).toBeUndefined();
    expect(deadlines.get(ahead.id)).toBe(ahead.deadline);
  });

  const long = { orderId: 'x'.repeat(10_000) };

  it('refuses a job whose enqueue stands still before it has stored the payload, until it has', async () => {
    let redriven: unknown;
    using _ = meddle(at.dynamodb, 'PutItemCommand', async ({ nth, call }) => {
      if (nth === 2) {
        const [record] = await at.records();
        await at.client.cancel([record?.id ?? '']);
        redriven = await at.client.redrive([record?.id ?? ''], { dryRun: true });
        redriven = [redriven, await at.client.redrive([record?.id ?? ''])].flat();
      }
      return call();
    });
    const { id } = await at.client.enqueue('receipt.send', long);
    const refused = { id, ok: false, error: expect.any(PayloadNotStoredError) };
    expect(redriven).toEqual([refused, refused]);
    expect(await at.records()).toMatchObject([{ id, status: 'cancelled', dispatch: 0 }]);
    expect(await at.client.redrive([id])).toEqual([{ id, ok: true }]);
    expect(await at.records()).toMatchObject([{ id, status: 'queued', dispatch: 1, out: 1 }]);
  });

  it('takes a job whose enqueue died before it stored the payload, once its key was enqueued again', async () => {
    const enqueue = () => at.client.enqueue('receipt.send', long, { idempotencyKey: 'once' });
    {
      using _ = failBefore(at.dynamodb, 'PutItemCommand', 2);
      await expect(enqueue()).rejects.toThrow();
    }
    const [{ id } = { id: '' }] = await at.records();
    await at.client.cancel([id]);
    expect(await at.client.redrive([id])).toMatchObject([{ ok: false, error: { retryable: true } }]);
    expect(await enqueue()).toEqual({ id, deduplicated: true });
    expect(await at.records()).toMatchObject([{ status: 'cancelled', dispatch: 0 }]);
    expect(await at.client.redrive([id])).toEqual([{ id, ok: true }]);
  });

  it.each([{ pool: 'gone' }, { pool: 'default', priority: 'high' as const }])(
    'refuses a job of a queue that the stack does not have (%o)',
    async (where) => {
      const gone = await putDeadJob(at, where);
      const before = await at.items();
      const { normal, low } = at.queues.default;
      const client = at.newClient({ queues: { default: { normal, low } } });
      for (const dryRun of [true, false]) {
        const [result] = await client.redrive([gone.id], { dryRun });
        expect(result).toEqual({ id: gone.id, ok: false, error: expect.any(InvalidOptionError) });
      }
      expect(await at.items()).toEqual(before);
    },
  );

  it('has a result for each id, in their order', async () => {
    const dead = await Promise.all(Array.from({ length: 20 }, () => putDeadJob(at)));
    const { id: queued } = await at.client.enqueue('receipt.send', { orderId: '42' });
    const ids = [queued, ...dead.map(({ id }) => id), 'no such id'];
    const results = await at.client.redrive(ids);

    expect(results.map(({ id }) => id)).toEqual(ids);
    expect(results[0]).toEqual({ id: queued, ok: false, error: expect.any(NotRedrivableError) });
    expect(results.at(-1)).toEqual({ id: 'no such id', ok: false, error: expect.any(JobNotFoundError) });
    expect(results.filter(({ ok }) => ok)).toHaveLength(20);
    expect(await at.client.redrive([])).toEqual([]);
  });

  it('does once what is named twice, and says so at both places', async () => {
    const [{ id }, other] = [await putDeadJob(at), await putDeadJob(at)];
    expect(await at.client.redrive([id, other.id, id])).toEqual([
      { id, ok: true },
      { id: other.id, ok: true },
      { id, ok: true },
    ]);
  });

  it('redrives once, however many ask at the same time', async () => {
    const { id, dispatch } = await putDeadJob(at);
    const results = (await Promise.all(Array.from({ length: 12 }, () => at.client.redrive([id, id])))).flat();
    // Who asked while another's write was under way got what was asked for; who came later finds a queued job.
    expect(results.some(({ ok }) => ok)).toBe(true);
    for (const result of results) if (!result.ok) expect(result.error).toBeInstanceOf(NotRedrivableError);
    expect(await at.records()).toMatchObject([{ id, dispatch: dispatch + 1, out: dispatch + 1 }]);
  });

  it('tries again when the job ended anew between its read and its write', async () => {
    const { id, dispatch } = await putDeadJob(at);
    // Somebody redrove it, and it died again.
    using _ = meddle(at.dynamodb, 'TransactWriteItemsCommand', async ({ nth, call }) => {
      if (nth === 1) await putDeadJob(at, { id, gen: (await at.records())[0]?.gen, dispatch: dispatch + 1 });
      return call();
    });
    expect(await at.client.redrive([id])).toEqual([{ id, ok: true }]);
    expect(await at.records()).toMatchObject([{ dispatch: dispatch + 2, out: dispatch + 2 }]);
  });

  it('says that a job was not redriven when AWS cannot be reached', async () => {
    const { id } = await putDeadJob(at);
    using _ = failBefore(at.dynamodb, 'TransactWriteItemsCommand');
    const [result] = await at.client.redrive([id]);
    expect(result).toEqual({ id, ok: false, error: expect.any(OperationFailedError) });
    expect(result).toMatchObject({
      error: { retryable: true, context: { id, step: 'writing it to the outbox', applied: 'unknown' } },
    });
    expect(await at.records()).toMatchObject([{ status: 'dead' }]);
  });

  it.each([{}, { dryRun: true }])(
    'says that it was the read that failed, where it was: %j',
    async (options) => {
      const { id } = await putDeadJob(at);
      using _ = failBefore(at.dynamodb, 'GetItemCommand');
      const [result] = await at.client.redrive([id], options);
      expect(result).toMatchObject({
        error: { retryable: true, context: { id, step: 'reading the record', applied: 'no' } },
      });
      expect(String(result && !result.ok && result.error)).toMatch(
        /reading the record failed.*nothing was done/,
      );
    },
  );

  it('says that it was the read of the payload that failed, where it was', async () => {
    const { id } = await putDeadJob(at, { payload: undefined });
    using _ = meddle(at.dynamodb, 'GetItemCommand', ({ nth, call }) =>
      nth === 1 ? call() : Promise.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })),
    );
    expect(await at.client.redrive([id], { patch: {} })).toMatchObject([
      { error: { code: 'OPERATION_FAILED', context: { step: 'reading the payload', applied: 'no' } } },
    ]);
  });

  it('says that trying again does not help where only other credentials do', async () => {
    const { id } = await putDeadJob(at);
    using _ = meddle(at.dynamodb, 'GetItemCommand', () => {
      const message = 'The security token included in the request is expired';
      return Promise.reject(
        Object.assign(new Error(message), { name: 'ExpiredTokenException', $fault: 'client' }),
      );
    });
    const [result] = await at.client.redrive([id]);
    expect(result).toMatchObject({ error: { code: 'OPERATION_FAILED', retryable: false } });
    expect(String(result && !result.ok && result.error)).toMatch(/ExpiredTokenException.*mend what it names/);
  });

  it('recognises its own write when the answer was lost and the SDK tried again', async () => {
    at = await Deployment.create(engines, { maxAttempts: 3 });
    const { id } = await putDeadJob(at);
    using _ = failAfter(at.dynamodb, 'TransactWriteItemsCommand', 1);
    expect(await at.client.redrive([id])).toEqual([{ id, ok: true }]);
    expect(await at.records()).toMatchObject([{ status: 'queued', dispatch: 5, out: 5 }]);
  });
});
