import { describe, expect, it } from 'vitest';
import { Snooze } from '../../lib/contract/index.ts';
import { millraceWith } from './catalog.ts';

describe('a test that would never end', () => {
  it('is told which handler does not come to an end', async () => {
    const hangs = new Promise<never>(() => undefined);
    await using millrace = await millraceWith({ 'receipt.send': () => hangs }, { patience: '50ms' });
    const { id } = await millrace.client.enqueue('receipt.send', { orderId: '42' });
    const error = await millrace.drain().catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      code: 'HANDLER_STUCK',
      context: { id, type: 'receipt.send', attempt: 1, since: '2027-01-01T00:00:00.000Z', patience: 50 },
    });
    expect(String(error)).toContain(`'${id}'`);
  });

  it('is told which jobs run for ever at one time', async () => {
    await using millrace = await millraceWith({
      'receipt.send': async ({ orderId }) => {
        await millrace.client.enqueue('receipt.send', { orderId });
        return { messageId: 'm' };
      },
    });
    await millrace.client.enqueue('receipt.send', { orderId: '42' });
    await expect(millrace.drain({ max: 20 })).rejects.toMatchObject({
      code: 'NOT_DRAINED',
      message: expect.stringContaining('more than 20 attempts'),
      jobs: [{ type: 'receipt.send', status: 'queued', waitsFor: expect.stringContaining('due since') }],
    });
  });

  it('is told which job waits, for what and until when, at the end of its time', async () => {
    await using millrace = await millraceWith({
      'receipt.send': async () => {
        throw new Snooze({ for: '12h' });
      },
    });
    const { id } = await millrace.client.enqueue('receipt.send', { orderId: '42' });
    const error = await millrace.drain({ untilEnded: true, within: '2d' }).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      code: 'NOT_DRAINED',
      jobs: [{ id, status: 'scheduled', until: expect.any(Date) }],
    });
    expect(String(error)).toMatch(/is scheduled until 2027-01-03T\d\d:\d\d/);
  });

  it('can go on after it was told', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using millrace = await millraceWith(
      {
        'receipt.send': async () => {
          await held;
          return { messageId: 'm' };
        },
      },
      { patience: '50ms' },
    );
    const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
    await expect(millrace.drain()).rejects.toMatchObject({ code: 'HANDLER_STUCK' });
    release();
    await millrace.drain();
    expect(await millrace.client.get(job)).toMatchObject({ status: 'succeeded' });
  });
});
