import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EnqueueFailedError } from '../../lib/client/index.ts';
import { failAfter, failBefore, meddle, throttle } from '../faults/sdk-faults.ts';
import { Deployment, Engines } from './fixture.ts';

describe('enqueue, when AWS fails', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });

  const enqueue = (orderId = '42', options = {}) => at.client.enqueue('receipt.send', { orderId }, options);

  it.each([{ idempotencyKey: 'order-42' }, {}])(
    'recognises its own put when the answer was lost and the SDK tried again (%o)',
    async (options) => {
      at = await Deployment.create(engines, { maxAttempts: 3 });
      using put = failAfter(at.dynamodb, 'PutItemCommand', 1);
      const job = await enqueue('42', options);

      expect(job.deduplicated).toBe(false);
      expect(put.tries).toBe(2);
      const [record] = await at.records();
      expect(record?.out).toBeUndefined();
      expect(await at.envelopes()).toMatchObject([{ id: job.id, gen: record?.gen }]);
    },
  );

  it('resolves when the SDK gets through at last', async () => {
    at = await Deployment.create(engines, { maxAttempts: 3 });
    using put = throttle(at.dynamodb, 'PutItemCommand', 1);
    using send = failBefore(at.sqs, 'SendMessageCommand', 1);
    const { id } = await enqueue();
    expect([put.tries, send.tries]).toEqual([2, 2]);
    expect(await at.envelopes()).toMatchObject([{ id }]);
  });

  it('hands a job that it could not send to the outbox and resolves', async () => {
    using send = failBefore(at.sqs, 'SendMessageCommand');
    const { id } = await enqueue();
    expect(send.tries).toBe(1);
    expect(await at.records()).toMatchObject([{ id, status: 'queued', dispatch: 0, out: 0 }]);
    expect(await at.receive()).toEqual([]);
  });

  it('hands a delayed job that it could not send to the outbox', async () => {
    using _ = failBefore(at.sqs, 'SendMessageCommand');
    const { id } = await enqueue('42', { delay: '5m' });
    expect(await at.records()).toMatchObject([{ id, status: 'scheduled', dispatch: 0, out: 0 }]);
  });

  it('resolves when the send went through and its answer was lost: the outbox sends a copy at worst', async () => {
    using _ = failAfter(at.sqs, 'SendMessageCommand');
    const { id } = await enqueue();
    expect(await at.records()).toMatchObject([{ id, out: 0 }]);
    expect(await at.envelopes()).toMatchObject([{ id }]);
  });

  it('resolves when a worker claimed the job whose send seemed to fail', async () => {
    using _ = meddle(at.sqs, 'SendMessageCommand', async ({ call }) => {
      await call();
      const [record] = await at.records();
      await at.amend(record?.id ?? '', { status: { S: 'running' }, holder: { S: 'nonce' } });
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    });
    const { id } = await enqueue();
    const [record] = await at.records();
    expect(record).toMatchObject({ id, status: 'running' });
    expect(record?.out).toBeUndefined();
  });

  it('rejects when neither the send nor the mark gets through', async () => {
    using _send = failBefore(at.sqs, 'SendMessageCommand');
    using _mark = failBefore(at.dynamodb, 'UpdateItemCommand');
    const error = await enqueue().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(EnqueueFailedError);
    expect(error).toMatchObject({ code: 'ENQUEUE_FAILED', retryable: true, cause: { code: 'ECONNRESET' } });
    expect(String(error)).toContain('handing it to the outbox failed');
  });

  it('rejects when the record cannot be written, and sends nothing', async () => {
    using _ = failBefore(at.dynamodb, 'PutItemCommand');
    const error = await enqueue().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(EnqueueFailedError);
    expect(String(error)).toContain('recording it failed');
    await at.expectNothingWritten();
  });

  it('rejects when a payload of its own cannot be written, and sends nothing', async () => {
    using _ = failBefore(at.dynamodb, 'PutItemCommand', 2);
    await expect(enqueue('x'.repeat(10_000))).rejects.toBeInstanceOf(EnqueueFailedError);
    expect(await at.receive()).toEqual([]);
  });
});
