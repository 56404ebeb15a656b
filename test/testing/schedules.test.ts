import { describe, expect, it } from 'vitest';
import { defineCatalog, defineSchedule, Snooze } from '../../lib/contract/index.ts';
import { createTestMillrace } from '../../lib/testing/index.ts';
import { askForReview, failingUntil, handlersWith, millraceWith, sendReceipt } from './catalog.ts';

const START = Date.UTC(2027, 0, 1);
const DAY = 86_400_000;

describe('what is far away', () => {
  it('runs forty days later, on the second', async () => {
    await using millrace = await millraceWith();
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' }, { delay: '40d' });
    await millrace.advance(40 * DAY - 1);
    expect(await millrace.client.get(job)).toMatchObject({ status: 'scheduled', dispatch: 0 });
    await millrace.advance(1);
    expect(await millrace.client.get(job)).toMatchObject({
      status: 'succeeded',
      startedAt: new Date(START + 40 * DAY),
    });
  });

  it('does not run any more once it is cancelled', async () => {
    await using millrace = await millraceWith();
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' }, { delay: '2d' });
    await millrace.drain();
    await millrace.client.cancel([job.id]);
    await millrace.advance('3d');
    expect(await millrace.client.get(job)).toMatchObject({ status: 'cancelled', attempts: 0 });
  });
});

describe('deadlines', () => {
  it('end a job that waits past them', async () => {
    await using millrace = await millraceWith({
      'receipt.send': async () => {
        throw new Snooze({ for: '1h' });
      },
    });
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' }, { deadline: '30m' });
    await millrace.drain({ untilEnded: true });
    expect(await millrace.client.get(job)).toMatchObject({ status: 'expired', attempts: 0 });
    expect(millrace.now()).toEqual(new Date(START + 30 * 60_000));
  });

  it('end a job that has no time for another attempt', async () => {
    await using millrace = await millraceWith({ 'receipt.send': failingUntil(2) });
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' }, { deadline: '1s' });
    await millrace.drain({ untilEnded: true });
    expect(await millrace.client.get(job)).toMatchObject({ status: 'dead', attempts: 1 });
  });
});

describe('schedules of the catalog', () => {
  const daily = defineSchedule(sendReceipt, {
    name: 'daily',
    cron: '0 7 * * ? *',
    timeZone: 'Europe/Berlin',
    payload: { orderId: 'of the day' },
  });
  const catalog = defineCatalog([sendReceipt, askForReview], { schedules: [daily] });

  it('make a job at each of their times', async () => {
    await using millrace = await createTestMillrace({ catalog, handlers: handlersWith() });
    await millrace.advance('7d');
    const jobs = await millrace.jobs();
    expect(jobs.map(({ startedAt, status }) => [startedAt?.toISOString(), status])).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((day) => [`2027-01-0${day}T06:00:00.000Z`, 'succeeded']),
    );
  });

  it('follow daylight-saving time', async () => {
    const now = '2027-03-26T12:00:00Z';
    await using millrace = await createTestMillrace({ catalog, handlers: handlersWith(), now });
    await millrace.advance('3d');
    expect((await millrace.jobs()).map(({ startedAt }) => startedAt?.toISOString())).toEqual([
      '2027-03-27T06:00:00.000Z',
      '2027-03-28T05:00:00.000Z',
      '2027-03-29T05:00:00.000Z',
    ]);
  });

  it('do not keep a drain from coming to its end', async () => {
    await using millrace = await createTestMillrace({ catalog, handlers: handlersWith() });
    await millrace.client.enqueue('review.ask', { orderId: '42' }, { delay: '1m' });
    await millrace.drain({ untilEnded: true });
    expect(millrace.now()).toEqual(new Date(START + 60_000));
  });
});

describe('schedules made at run time', () => {
  const now = '2027-01-01T00:30:00Z';

  it('make jobs from when they are put until they are paused, and again when they are resumed', async () => {
    await using millrace = await millraceWith({}, { now });
    const { schedules } = millrace.client;
    const tenant = 'acme';
    await schedules.put('review.ask', {
      name: 'hourly',
      cron: '0 * * * ? *',
      payload: { orderId: '42' },
      tenant,
    });
    await millrace.advance('2h');
    const jobs = await millrace.jobs();
    expect(jobs.map(({ tenant, status, startedAt }) => [tenant, status, startedAt?.toISOString()])).toEqual([
      ['acme', 'succeeded', '2027-01-01T01:00:00.000Z'],
      ['acme', 'succeeded', '2027-01-01T02:00:00.000Z'],
    ]);
    await schedules.pause('hourly', { tenant });
    await millrace.advance('5h');
    expect(await millrace.jobs()).toHaveLength(2);
    await schedules.resume('hourly', { tenant });
    await millrace.advance('1h');
    expect(await millrace.jobs()).toHaveLength(3);
    await schedules.delete('hourly', { tenant });
    await millrace.advance('1d');
    expect(await millrace.jobs()).toHaveLength(3);
  });

  it('leave out a firing that falls into an unfinished job of theirs', async () => {
    const asks = async (_payload: unknown, { enqueuedAt }: { enqueuedAt: Date }) => {
      if (Number(millrace.now()) - Number(enqueuedAt) < 90 * 60_000) throw new Snooze({ for: '90m' });
    };
    await using millrace = await millraceWith({ 'review.ask': asks }, { now });
    await millrace.client.schedules.put('review.ask', {
      ...{ name: 'hourly', cron: '0 * * * ? *', payload: { orderId: '42' }, overlap: 'skip' },
    });
    await millrace.advance('5h');
    expect((await millrace.jobs()).map(({ enqueuedAt }) => enqueuedAt.toISOString())).toEqual([
      '2027-01-01T01:00:00.000Z',
      '2027-01-01T03:00:00.000Z',
      '2027-01-01T05:00:00.000Z',
    ]);
  });
});
