import { describe, expect, it } from 'vitest';
import { Fail } from '../../lib/contract/index.ts';
import { askForReview, catalog, failingUntil, handlersWith, millraceWith } from './catalog.ts';

describe('jobs of a test', () => {
  it('die after their last attempt, with every error on record, and start anew by a redrive', async () => {
    let mailServer = false;
    await using millrace = await millraceWith({
      'receipt.send': async () => {
        if (!mailServer) throw new Error('no mail server');
        return { messageId: 'sent at last' };
      },
    });
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
    await millrace.drain({ untilEnded: true });
    expect(await millrace.client.get(job)).toMatchObject({
      status: 'dead',
      attempts: 3,
      error: { message: 'no mail server' },
    });
    expect((await millrace.client.list()).jobs.map(({ id }) => id)).toEqual([job.id]);
    mailServer = true;
    expect(await millrace.client.redrive([job.id])).toEqual([{ id: job.id, ok: true }]);
    await millrace.drain();
    expect(await millrace.client.get(job)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('die at once when their handler says so', async () => {
    await using millrace = await millraceWith({
      'receipt.send': async () => {
        throw new Fail('no such order');
      },
    });
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
    await millrace.drain();
    expect(await millrace.client.get(job)).toMatchObject({ status: 'dead', attempts: 1 });
  });

  it('are one job for one idempotency key', async () => {
    const orders: string[] = [];
    await using millrace = await millraceWith({
      'receipt.send': async ({ orderId }) => {
        orders.push(orderId);
        return { messageId: 'm' };
      },
    });
    const enqueue = (orderId: string) =>
      millrace.client.enqueue('receipt.send', { orderId }, { idempotencyKey: 'receipt of 42' });
    const [first, second] = [await enqueue('42'), await enqueue('42')];
    expect(second).toEqual({ id: first.id, deduplicated: true });
    await millrace.drain({ untilEnded: true });
    expect(orders).toEqual(['42']);
    await expect(enqueue('43')).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('are cancelled while they wait', async () => {
    await using millrace = await millraceWith();
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' }, { delay: '10m' });
    expect(await millrace.client.cancel([job.id])).toMatchObject([{ id: job.id, ok: true }]);
    await millrace.advance('1h');
    expect(await millrace.client.get(job)).toMatchObject({ status: 'cancelled', attempts: 0 });
  });

  it('are cancelled while they run, by their signal, when time goes on', async () => {
    await using millrace = await millraceWith({
      'review.ask': (_payload, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    const job = await millrace.client.enqueue('review.ask', { orderId: '42' });
    await millrace.advance('1s', { overtake: true });
    await millrace.client.cancel([job.id]);
    expect(await millrace.client.get(job)).toMatchObject({ status: 'running' });
    await millrace.advance('15s', { overtake: true });
    await millrace.drain();
    expect(await millrace.client.get(job)).toMatchObject({ status: 'cancelled' });
  });

  it('run out of time when time goes on, and are tried again', async () => {
    const reasons: string[] = [];
    await using millrace = await millraceWith({
      'receipt.send': ({ orderId }, { attempt, signal }) => {
        if (attempt > 1) return { messageId: orderId };
        signal.addEventListener('abort', () => reasons.push((signal.reason as Error).name));
        return new Promise(() => undefined);
      },
    });
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
    await millrace.advance('31s', { overtake: true });
    const view = await millrace.client.get(job);
    expect(view).toMatchObject({ status: 'retrying', error: { name: 'AttemptTimeoutError' } });
    expect(reasons).toEqual(['AttemptTimeoutError']);
    await millrace.drain({ untilEnded: true });
    expect(await millrace.client.get(job)).toMatchObject({ status: 'succeeded', attempts: 2 });
  });

  it('enqueue further jobs through the same client, in every pool and priority', async () => {
    await using millrace = await millraceWith({
      'receipt.send': async ({ orderId }) => {
        await millrace.client.enqueue(askForReview, { orderId }, { delay: '5m' });
        return { messageId: 'm' };
      },
    });
    await millrace.client.enqueue('receipt.send', { orderId: '42' }, { priority: 'critical' });
    await millrace.drain({ untilEnded: true });
    const jobs = await millrace.jobs();
    expect(jobs.map(({ type, status, pool, priority }) => [type, status, pool, priority])).toEqual([
      ['receipt.send', 'succeeded', 'default', 'critical'],
      ['review.ask', 'succeeded', 'slow', 'low'],
    ]);
  });

  it('run a batch at a time, the highest priority first', async () => {
    const order: string[] = [];
    await using millrace = await millraceWith({
      'receipt.send': async ({ orderId }) => {
        order.push(orderId);
        return { messageId: 'm' };
      },
    });
    for (const priority of ['low', 'normal', 'critical', 'high'] as const)
      await millrace.client.enqueue('receipt.send', { orderId: priority }, { priority });
    await millrace.drain();
    expect(order).toEqual(['critical', 'high', 'normal', 'low']);
  });

  it('run together when the test allows it', async () => {
    const waiting: (() => void)[] = [];
    await using millrace = await millraceWith(
      {
        'receipt.send': async () => {
          await new Promise<void>((resolve) => {
            waiting.push(resolve);
            if (waiting.length === 3) for (const each of waiting) each();
          });
          return { messageId: 'm' };
        },
      },
      { concurrency: 3 },
    );
    for (const orderId of ['1', '2', '3']) await millrace.client.enqueue('receipt.send', { orderId });
    await millrace.drain();
    expect((await millrace.jobs()).map(({ status }) => status)).toEqual(Array(3).fill('succeeded'));
  });

  it('are refused with the client’s own errors', async () => {
    await using millrace = await millraceWith();
    const client = millrace.client as { enqueue(job: string, payload: unknown): Promise<unknown> };
    await expect(client.enqueue('receipt.burn', {})).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
    await expect(client.enqueue('receipt.send', {})).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
    expect(await millrace.jobs()).toEqual([]);
  });

  it('need a handler each', async () => {
    const { 'review.ask': _left, ...handlers } = handlersWith();
    await expect(millraceWith({ ...handlers, 'review.ask': undefined as never })).rejects.toMatchObject({
      code: 'CATALOG_INVALID',
    });
    expect(catalog.jobs.map(({ name }) => name)).toEqual(['receipt.send', 'review.ask']);
  });

  it('have their lines logged, with their fields, at the time of the test', async () => {
    await using millrace = await millraceWith({
      'receipt.send': async ({ orderId }, { logger }) => {
        logger.info('sending', { orderId });
        return { messageId: 'm' };
      },
    });
    const job = await millrace.client.enqueue(
      'receipt.send',
      { orderId: '42' },
      { tenant: 'acme', delay: '1m' },
    );
    await millrace.advance('1m');
    expect(millrace.logs).toContainEqual({
      at: new Date('2027-01-01T00:01:00Z'),
      level: 'info',
      message: 'sending',
      fields: expect.objectContaining({ orderId: '42', job_id: job.id, tenant: 'acme', attempt: 1 }),
    });
    expect(millrace.logs.map(({ message }) => message)).toContain('job settled');
  });

  it('keep a history that the client reads', async () => {
    await using millrace = await millraceWith({ 'receipt.send': failingUntil(2) });
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
    await millrace.drain({ untilEnded: true });
    const history = await millrace.client.history(job);
    expect(history.some(({ error }) => String(error?.message).includes('no mail server'))).toBe(true);
  });
});
