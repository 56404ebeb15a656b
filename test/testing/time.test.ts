import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Snooze } from '../../lib/contract/index.ts';
import { failingUntil, millraceWith } from './catalog.ts';

const START = Date.UTC(2027, 0, 1);
const MINUTE = 60_000;
const DAY = 86_400_000;

describe('the time of a test', () => {
  it('stands still until it is moved, and nothing runs by itself', async () => {
    await using millrace = await millraceWith();
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
    expect(millrace.now()).toEqual(new Date(START));
    expect(await millrace.client.get(job)).toMatchObject({ status: 'queued', enqueuedAt: new Date(START) });
  });

  it('begins when the test says', async () => {
    const now = new Date('2030-02-28T23:59:00Z');
    await using millrace = await millraceWith({}, { now });
    await millrace.advance('2m');
    expect(millrace.now()).toEqual(new Date('2030-03-01T00:01:00Z'));
  });

  it('runs at once what is due, and nothing else', async () => {
    await using millrace = await millraceWith();
    const now = await millrace.client.enqueue('receipt.send', { orderId: '1' });
    const later = await millrace.client.enqueue('receipt.send', { orderId: '2' }, { delay: '1s' });
    await millrace.drain();
    expect(await millrace.client.get(now)).toMatchObject({ status: 'succeeded' });
    expect(await millrace.client.get(later)).toMatchObject({ status: 'scheduled' });
    expect(millrace.now()).toEqual(new Date(START));
  });

  it('lets a delayed job run when it is due, not before', async () => {
    await using millrace = await millraceWith();
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' }, { delay: '10m' });
    await millrace.advance(10 * MINUTE - 1);
    expect(await millrace.client.get(job)).toMatchObject({ status: 'scheduled' });
    await millrace.advance(1);
    expect(await millrace.client.get(job)).toMatchObject({
      status: 'succeeded',
      startedAt: new Date(START + 10 * MINUTE),
    });
  });

  it('brings each retry after its backoff', async () => {
    await using millrace = await millraceWith({ 'receipt.send': failingUntil(3) });
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
    await millrace.drain();
    const first = await millrace.client.get(job);
    expect(first).toMatchObject({ status: 'retrying', attempts: 1, error: { name: 'Error' } });
    const wait = Number(first?.runAt) - START;
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(MINUTE);
    await millrace.advance('1m');
    expect(await millrace.client.get(job)).toMatchObject({ status: 'retrying', attempts: 2 });
    await millrace.advance('2m');
    expect(await millrace.client.get(job)).toMatchObject({
      status: 'succeeded',
      attempts: 3,
      result: { messageId: 'receipt of 42' },
    });
  });

  it('brings a job back that snoozed for three days, at that time, with no attempt burnt', async () => {
    const runs: number[] = [];
    await using millrace = await millraceWith({
      'receipt.send': async (_payload, { attempt }) => {
        runs.push(attempt);
        if (runs.length === 1) throw new Snooze({ for: '3d' });
        return { messageId: 'late' };
      },
    });
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
    await millrace.advance(3 * DAY - 1);
    expect(await millrace.client.get(job)).toMatchObject({ status: 'scheduled', attempts: 0 });
    await millrace.advance(MINUTE);
    const view = await millrace.client.get(job);
    expect(view).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(Number(view?.startedAt) - START - 3 * DAY).toBeLessThanOrEqual(1_000);
    expect(runs).toEqual([1, 1]);
  });

  it('stands still while a handler waits for something real', async () => {
    const times: string[] = [];
    await using millrace = await millraceWith({
      'receipt.send': async () => {
        times.push(millrace.now().toISOString());
        await setTimeout(50);
        times.push(millrace.now().toISOString());
        return { messageId: 'm' };
      },
    });
    await millrace.client.enqueue('receipt.send', { orderId: '42' }, { delay: '5m' });
    await millrace.advance('1h');
    expect(times).toEqual(['2027-01-01T00:05:00.000Z', '2027-01-01T00:05:00.000Z']);
    expect(millrace.now()).toEqual(new Date(START + 60 * MINUTE));
  });

  it('goes as far as it takes for all jobs to end', async () => {
    await using millrace = await millraceWith({ 'receipt.send': failingUntil(3) });
    await millrace.client.enqueue('receipt.send', { orderId: '1' });
    await millrace.client.enqueue('review.ask', { orderId: '1' }, { delay: '15m' });
    await millrace.drain({ untilEnded: true });
    expect((await millrace.jobs()).map(({ type, status }) => [type, status])).toEqual([
      ['receipt.send', 'succeeded'],
      ['review.ask', 'succeeded'],
    ]);
    expect(millrace.now()).toEqual(new Date(START + 15 * MINUTE));
  });

  it('is moved by waiting for a job', async () => {
    await using millrace = await millraceWith();
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' }, { delay: '30s' });
    const { status, result } = await millrace.client.wait(job);
    expect([status, result?.messageId]).toEqual(['succeeded', 'receipt of 42']);
    expect(millrace.now()).toEqual(new Date(START + 30_000));
  });

  it('is moved by a wait no further than its timeout', async () => {
    await using millrace = await millraceWith();
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' }, { delay: '10m' });
    await expect(millrace.client.wait(job, { timeout: '1m' })).rejects.toMatchObject({
      code: 'WAIT_TIMEOUT',
      context: { status: 'scheduled', timeout: MINUTE },
    });
    expect(millrace.now()).toEqual(new Date(START + MINUTE));
    await expect(millrace.client.wait('no-such-job')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  });

  it('is moved by two calls at once, one after the other', async () => {
    await using millrace = await millraceWith();
    await Promise.all([millrace.advance('1m'), millrace.advance('2m')]);
    expect(millrace.now()).toEqual(new Date(START + 3 * MINUTE));
  });

  it('takes records of ended jobs away when their retention is over', async () => {
    await using millrace = await millraceWith();
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
    await millrace.advance('29d');
    expect(await millrace.client.get(job)).toMatchObject({ status: 'succeeded' });
    await millrace.advance('3d');
    expect(await millrace.client.get(job)).toBeUndefined();
    expect(await millrace.jobs()).toEqual([]);
  });
});
