import { describe, expect, it } from 'vitest';
import { Fail, Retry, Snooze } from '../../lib/contract/index.ts';
import { runJob } from '../../lib/testing/index.ts';
import type { Handler } from '../../lib/worker/index.ts';
import { askForReview, sendReceipt } from './catalog.ts';

type Send = Handler<typeof sendReceipt>;
const ORDER = { orderId: '42' };
const START = Date.UTC(2027, 0, 1);
const throwing =
  (error: unknown): Send =>
  () => {
    throw error;
  };

describe('runJob', () => {
  it('gives the handler the parsed payload, and its result back as it is kept', async () => {
    const handler: Send = async ({ orderId, copies }) => ({ messageId: `${copies} of ${orderId}` });
    const { outcome } = await runJob(sendReceipt, handler, ORDER);
    expect(outcome).toEqual({ kind: 'succeeded', result: { messageId: '1 of 42' } });
  });

  it('takes payload and result through JSON, as the queue and the table do', async () => {
    const seen: unknown[] = [];
    const { outcome } = await runJob(
      askForReview,
      async (payload) => {
        seen.push(payload);
        return { at: new Date(0), nothing: undefined };
      },
      { orderId: '42', extra: undefined } as { orderId: string },
    );
    expect(seen).toEqual([{ orderId: '42' }]);
    expect(outcome).toEqual({ kind: 'succeeded', result: { at: '1970-01-01T00:00:00.000Z' } });
  });

  it('gives the handler the context that the test asks for', async () => {
    const { outcome } = await runJob(
      askForReview,
      async (_payload, { id, type, attempt, maxAttempts, tenant, tags, correlationId, enqueuedAt }) => ({
        ...{ id, type, attempt, maxAttempts, tenant, tags, correlationId, enqueuedAt },
      }),
      ORDER,
      {
        ...{ id: 'job-1', attempt: 4, tenant: 'acme', tags: { plan: 'pro' }, correlationId: 'request-7' },
        enqueuedAt: new Date('2026-12-31T12:00:00Z'),
      },
    );
    expect(outcome).toMatchObject({
      result: {
        ...{ id: 'job-1', type: 'review.ask', attempt: 4, maxAttempts: 10, tenant: 'acme' },
        ...{ tags: { plan: 'pro' }, correlationId: 'request-7', enqueuedAt: '2026-12-31T12:00:00.000Z' },
      },
    });
  });

  it('retries what is thrown, by the policy’s backoff, the same for the same seed', async () => {
    const error = new Error('no mail server');
    const run = async (attempt: number, seed?: number) =>
      (await runJob(sendReceipt, throwing(error), ORDER, { attempt, seed })).outcome;
    const first = await run(1);
    expect(first).toEqual({ kind: 'retrying', error, wait: expect.any(Number), runAt: expect.any(Date) });
    const waits = await Promise.all([1, 2, 3, 4, 5].flatMap((seed) => [run(1, seed), run(2, seed)]));
    const longest = waits.map((outcome, i) => [
      outcome.kind === 'retrying' && outcome.wait,
      i % 2 ? 120_000 : 60_000,
    ]);
    expect(longest.filter(([wait, most]) => Number(wait) < 0 || Number(wait) > Number(most))).toEqual([]);
    expect(new Set(longest.map(([wait]) => wait)).size).toBeGreaterThan(5);
    expect(await run(1)).toEqual(first);
  });

  it('retries after the time that the handler names', async () => {
    const { outcome } = await runJob(sendReceipt, throwing(new Retry({ after: '5m' })), ORDER);
    expect(outcome).toMatchObject({ kind: 'retrying', wait: 300_000, runAt: new Date(START + 300_000) });
  });

  it('snoozes for the time that the handler names', async () => {
    const { outcome } = await runJob(sendReceipt, throwing(new Snooze({ for: '3d' })), ORDER);
    const days = 3 * 86_400_000;
    expect(outcome).toEqual({ kind: 'snoozed', wait: days, runAt: new Date(START + days) });
    const past = await runJob(sendReceipt, throwing(new Snooze({ until: START - 1 })), ORDER);
    expect(past.outcome).toMatchObject({ kind: 'snoozed', wait: 0 });
  });

  it('tells a job that failed for good from one that has no attempts left', async () => {
    const failed = await runJob(sendReceipt, throwing(new Fail('no such order')), ORDER);
    expect(failed.outcome).toMatchObject({ kind: 'dead', why: 'failed', error: { code: 'FAIL' } });
    const last = await runJob(sendReceipt, throwing(new Error('still none')), ORDER, { attempt: 3 });
    expect(last.outcome).toMatchObject({
      kind: 'dead',
      why: 'no attempts left',
      error: { message: 'still none' },
    });
  });

  it('ends a job whose payload or result does not fit its schema', async () => {
    const payload = await runJob(sendReceipt, throwing(new Error('never run')), { orderId: 42 } as never);
    expect(payload.outcome).toMatchObject({
      kind: 'dead',
      why: 'failed',
      error: { code: 'PAYLOAD_INVALID' },
    });
    const result = await runJob(sendReceipt, async () => ({ messageId: 7 }) as never, ORDER);
    expect(result.outcome).toMatchObject({ kind: 'dead', error: { code: 'RESULT_INVALID' } });
  });

  it('holds the attempt against the job’s deadline', async () => {
    const deadline = '1s';
    const retried = await runJob(sendReceipt, throwing(new Retry({ after: '5m' })), ORDER, { deadline });
    expect(retried.outcome).toMatchObject({
      kind: 'dead',
      why: 'deadline',
      error: { code: 'DEADLINE_PASSED' },
    });
    const snoozed = await runJob(sendReceipt, throwing(new Snooze({ for: '3d' })), ORDER, { deadline });
    expect(snoozed.outcome).toMatchObject({ kind: 'snoozed', wait: 1_000 });
    const deaf: Send = () => new Promise(() => undefined);
    const overrun = await runJob(sendReceipt, deaf, ORDER, { deadline, takes: '30s' });
    expect(overrun.outcome).toMatchObject({ kind: 'dead', why: 'deadline' });
  });

  it('takes a payload of an older version through the upcasters', async () => {
    const handler: Send = async ({ orderId }) => ({ messageId: orderId });
    const { outcome } = await runJob(sendReceipt, handler, { order: 'old' }, { version: 1 });
    expect(outcome).toEqual({ kind: 'succeeded', result: { messageId: 'old' } });
  });

  it('fires the signal and ends the attempt when the time that it takes is over', async () => {
    const heeding: Send = (_payload, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const heeded = await runJob(sendReceipt, heeding, ORDER, { takes: '28s' });
    expect(heeded.outcome).toMatchObject({ kind: 'retrying', error: { code: 'ATTEMPT_TIMEOUT' } });
    const deaf: Send = () => new Promise(() => undefined);
    const overrun = await runJob(sendReceipt, deaf, ORDER, { takes: '30s', attempt: 3 });
    expect(overrun.outcome).toMatchObject({ kind: 'dead', error: { code: 'ATTEMPT_TIMEOUT' } });
  });

  it('lets no time pass by itself, whatever the handler waits for', async () => {
    const { outcome } = await runJob(
      askForReview,
      async (_payload, { signal }) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return signal.aborted;
      },
      ORDER,
    );
    expect(outcome).toMatchObject({ result: false });
  });

  it('aborts the handler by a signal of the test’s own', async () => {
    const stop = new AbortController();
    const { outcome } = await runJob(
      sendReceipt,
      async (_payload, { signal }) => {
        stop.abort(new Error('cancelled by the test'));
        signal.throwIfAborted();
        return { messageId: 'sent in vain' };
      },
      ORDER,
      { signal: stop.signal },
    );
    expect(outcome).toMatchObject({ kind: 'retrying', error: { message: 'cancelled by the test' } });
  });

  it('says so when the handler does not come to an end', async () => {
    const running = runJob(sendReceipt, () => new Promise(() => undefined), ORDER, { patience: '30ms' });
    await expect(running).rejects.toMatchObject({
      code: 'HANDLER_STUCK',
      context: { type: 'receipt.send', attempt: 1, patience: 30 },
    });
  });

  it('collects what the handler logs, with the job’s fields, and counts its heartbeats', async () => {
    const { logs, heartbeats } = await runJob(
      askForReview,
      async ({ orderId }, { logger, heartbeat }) => {
        logger.warn('slow', { orderId });
        logger.error('failed', new Error('once'));
        expect(await heartbeat()).toBe(60_000);
      },
      ORDER,
      { tenant: 'acme' },
    );
    expect(heartbeats).toBe(1);
    expect(logs).toMatchObject([
      { level: 'warn', message: 'slow', fields: { orderId: '42', job_type: 'review.ask', tenant: 'acme' } },
      { level: 'error', message: 'failed', fields: { error: { message: 'once' }, attempt: 1 } },
    ]);
  });

  it('refuses options that are out of their range', async () => {
    const handler: Send = async () => ({ messageId: 'm' });
    const refused = [
      { attempt: 0 },
      { tenant: 'two words' },
      { takes: 'long' as never },
      { now: Number.NaN },
      { version: 0.5 },
    ];
    for (const options of refused)
      await expect(runJob(sendReceipt, handler, ORDER, options as object)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
  });
});
