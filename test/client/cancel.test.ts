import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AlreadyEndedError,
  JobNotFoundError,
  MillraceClient,
  OperationFailedError,
} from '../../lib/client/index.ts';
import { failAfter, failBefore, meddle } from '../faults/sdk-faults.ts';
import { putDeadJob } from './dead-job.ts';
import { catalog, Deployment, Engines } from './fixture.ts';

describe('cancel', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });

  const enqueue = async (delay = 0) =>
    (await at.client.enqueue('receipt.send', { orderId: '42' }, { delay })).id;

  it('ends a waiting job at once, and keeps who asked and why', async () => {
    const id = await enqueue();
    const before = Date.now();
    expect(await at.client.cancel([id], { by: 'ada', why: 'wrong customer' })).toEqual([
      { id, ok: true, status: 'cancelled' },
    ]);

    const [record] = await at.records();
    expect(record).toMatchObject({ id, status: 'cancelled', attempts: 0, parts: 1 });
    expect(record?.endedAt).toBeGreaterThanOrEqual(before);
    expect(record?.expiresAt).toBeGreaterThan(before / 1000 + 86_400);
    expect((await at.client.wait(id)).status).toBe('cancelled');
    expect(await at.client.history(id)).toMatchObject([
      { from: 'none', to: 'queued' },
      { from: 'queued', to: 'cancelled', by: 'ada', why: 'wrong customer' },
    ]);
  });

  it('keeps the record and its history for the retentions that the client is given', async () => {
    const client = at.newClient({ retention: '1d', deadRetention: '2d' });
    const env = { MILLRACE_TABLE_NAME: at.tableName, MILLRACE_QUEUES: JSON.stringify(at.queues) };
    const seconds = { MILLRACE_RETENTION_SECONDS: '259200', MILLRACE_DEAD_RETENTION_SECONDS: '345600' };
    const told = MillraceClient.fromEnvironment({
      ...{ catalog, dynamodb: at.dynamodb, sqs: at.sqs },
      env: { ...env, ...seconds },
    });
    for (const [who, days] of [
      [client, [1, 2]],
      [told, [3, 4]],
      [at.client, [30, 90]],
    ] as const) {
      const id = await enqueue();
      await who.cancel([id]);
      const items = (await at.items()).filter(({ pk }) => pk?.S?.includes(id));
      const kept = items.map(({ expiresAt }) =>
        Math.round((Number(expiresAt?.N) - Date.now() / 1000) / 86_400),
      );
      expect(kept.sort((a, b) => a - b)).toEqual(days);
    }
  });

  it.each([{ status: 'scheduled' }, { status: 'retrying', out: '1' }])(
    'ends a job that is $status',
    async ({ status, out }) => {
      const id = await enqueue();
      await at.amend(id, { status: { S: status }, ...(out && { out: { N: out } }) });
      expect(await at.client.cancel([id])).toEqual([{ id, ok: true, status: 'cancelled' }]);
      const [record] = await at.records();
      expect(record?.status).toBe('cancelled');
      expect(record?.out).toBeUndefined();
    },
  );

  it('asks a running job to end and leaves the rest to its worker', async () => {
    const id = await enqueue();
    await at.amend(id, {
      status: { S: 'running' },
      token: { S: 'token' },
      leaseUntil: { N: '9999999999999' },
    });
    expect(await at.client.cancel([id])).toEqual([{ id, ok: true, status: 'running' }]);
    expect(await at.records()).toMatchObject([
      { id, status: 'running', cancelRequested: true, token: 'token' },
    ]);
  });

  it.each([
    [{}, 'a cancel was requested'],
    [{ why: 'wrong customer' }, 'wrong customer'],
  ])('of a running job is told by its history, given %j', async (who, why) => {
    const id = await enqueue();
    await at.amend(id, {
      status: { S: 'running' },
      token: { S: 'token' },
      leaseUntil: { N: '9999999999999' },
    });
    await at.client.cancel([id], { by: 'ada', ...who });
    const told = (await at.client.history(id)).at(-1);
    expect(told).toMatchObject({ from: 'running', to: 'running', by: 'ada', why });
  });

  it('has a result for each id, in their order', async () => {
    const waiting = await enqueue();
    const { id: dead } = await putDeadJob(at);
    expect(await at.client.cancel(['no such id', waiting, dead])).toEqual([
      { id: 'no such id', ok: false, error: expect.any(JobNotFoundError) },
      { id: waiting, ok: true, status: 'cancelled' },
      { id: dead, ok: false, error: expect.any(AlreadyEndedError) },
    ]);
  });

  it('decides anew when a worker claims the job between its read and its write', async () => {
    const id = await enqueue();
    using _ = meddle(at.dynamodb, 'TransactWriteItemsCommand', async ({ nth, call }) => {
      if (nth === 1)
        await at.amend(id, { status: { S: 'running' }, token: { S: 'token' }, holder: { S: 'nonce' } });
      return call();
    });
    expect(await at.client.cancel([id])).toEqual([{ id, ok: true, status: 'running' }]);
    expect(await at.records()).toMatchObject([{ status: 'running', cancelRequested: true }]);
  });

  it('tells of the attempt that it found running, not of the one before', async () => {
    const id = await enqueue();
    const run = { status: { S: 'running' }, leaseUntil: { N: '9999999999999' } };
    await at.amend(id, { ...run, token: { S: 'first' }, startedAt: { N: '1000' } });
    using _ = meddle(at.dynamodb, 'TransactWriteItemsCommand', async ({ nth, call }) => {
      const second = { token: { S: 'second' }, dispatch: { N: '1' }, attempts: { N: '1' } };
      if (nth === 1) await at.amend(id, { ...run, ...second, startedAt: { N: '2000' } });
      return call();
    });
    await at.client.cancel([id]);
    const told = (await at.client.history(id)).find(({ why }) => why === 'a cancel was requested');
    expect(told).toMatchObject({ attempt: 2, dispatch: 1 });
  });

  it('changes nothing when the job ends between its read and its write', async () => {
    const id = await enqueue();
    using _ = meddle(at.dynamodb, 'TransactWriteItemsCommand', async ({ nth, call }) => {
      if (nth === 1) await at.amend(id, { status: { S: 'succeeded' } });
      return call();
    });
    const [result] = await at.client.cancel([id]);
    expect(result).toEqual({ id, ok: false, error: expect.any(AlreadyEndedError) });
    expect(await at.records()).toMatchObject([{ status: 'succeeded' }]);
  });

  it('says that a job was not cancelled when AWS cannot be reached', async () => {
    const id = await enqueue();
    using _ = failBefore(at.dynamodb, 'TransactWriteItemsCommand');
    const [result] = await at.client.cancel([id]);
    expect(result).toEqual({ id, ok: false, error: expect.any(OperationFailedError) });
    expect(result).toMatchObject({
      error: { retryable: true, context: { id, step: 'writing the cancel', applied: 'unknown' } },
    });
    expect(await at.records()).toMatchObject([{ status: 'queued' }]);
  });

  it('says that it was the read that failed, where it was', async () => {
    const id = await enqueue();
    using _ = failBefore(at.dynamodb, 'GetItemCommand');
    expect(await at.client.cancel([id])).toMatchObject([
      { id, error: { retryable: true, context: { id, step: 'reading the record', applied: 'no' } } },
    ]);
  });

  it('does once what is named twice, and says so at both places', async () => {
    const [id, other] = [await enqueue(), await enqueue()];
    const done = { ok: true, status: 'cancelled' };
    expect(await at.client.cancel([id, other, id])).toEqual([
      { id, ...done },
      { id: other, ...done },
      { id, ...done },
    ]);
  });

  it('recognises its own write when the answer was lost and the SDK tried again', async () => {
    at = await Deployment.create(engines, { maxAttempts: 3 });
    const id = await enqueue();
    using _ = failAfter(at.dynamodb, 'TransactWriteItemsCommand', 1);
    expect(await at.client.cancel([id])).toEqual([{ id, ok: true, status: 'cancelled' }]);
    expect(await at.records()).toMatchObject([{ status: 'cancelled' }]);
  });
});
