import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JobNotFoundError, WaitTimeoutError } from '../../lib/client/index.ts';
import { InvalidOptionError, systemClock } from '../../lib/contract/index.ts';
import type { Item } from '../../lib/state/index.ts';
import { meddle, watch } from '../faults/sdk-faults.ts';
import { putDeadJob } from './dead-job.ts';
import { Deployment, Engines } from './fixture.ts';

const SUCCEEDED: Item = {
  status: { S: 'succeeded' },
  attempts: { N: '1' },
  startedAt: { N: '1700000000000' },
  endedAt: { N: '1700000001000' },
  result: { S: '{"sentTo":"a@example.com"}' },
};

describe('a job, read by its id', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });

  describe('get', () => {
    it('shows the job as its record is now', async () => {
      const tags = { source: 'web' };
      const job = await at.client.enqueue(
        'receipt.send',
        { orderId: '42' },
        { tenant: 'acme', idempotencyKey: 'k', correlationId: 'c', tags, delay: '1m' },
      );
      const seen = await at.client.get(job);
      expect(seen).toEqual({
        id: job.id,
        type: 'receipt.send',
        version: 1,
        status: 'scheduled',
        pool: 'default',
        priority: 'normal',
        tenant: 'acme',
        idempotencyKey: 'k',
        correlationId: 'c',
        tags,
        attempts: 0,
        dispatch: 0,
        enqueuedAt: expect.any(Date),
        runAt: expect.any(Date),
        startedAt: undefined,
        endedAt: undefined,
        result: undefined,
        error: undefined,
      });
      expect(Number(seen?.runAt) - Number(seen?.enqueuedAt)).toBe(60_000);
    });

    it('shows the result of a job that succeeded, and the error of a dead one', async () => {
      const job = await at.client.enqueue('receipt.send', { orderId: '42' });
      await at.amend(job.id, SUCCEEDED);
      expect(await at.client.get(job)).toMatchObject({
        status: 'succeeded',
        tags: {},
        startedAt: new Date(1_700_000_000_000),
        endedAt: new Date(1_700_000_001_000),
        result: { sentTo: 'a@example.com' },
      });
      const { id, error } = await putDeadJob(at);
      expect(await at.client.get(id)).toMatchObject({ id, status: 'dead', error, result: undefined });
    });

    it('is undefined for an id that nobody enqueued', async () => {
      expect(await at.client.get('no such id')).toBeUndefined();
    });
  });

  describe('wait', () => {
    it('resolves once the job has ended', async () => {
      const job = await at.client.enqueue('receipt.send', { orderId: '42' });
      // The job ends while the client waits: between its second look and its third.
      using _ = meddle(at.dynamodb, 'GetItemCommand', async ({ nth, call }) => {
        if (nth === 3) await at.amend(job.id, SUCCEEDED);
        return call();
      });
      const ended = await at.client.wait(job);
      expect(ended).toMatchObject({ id: job.id, status: 'succeeded', result: { sentTo: 'a@example.com' } });
    });

    it.each(['succeeded', 'dead', 'cancelled', 'expired'])(
      'resolves for a job that is %s',
      async (status) => {
        const { id } = await at.client.enqueue('receipt.send', { orderId: '42' });
        await at.amend(id, { status: { S: status }, endedAt: { N: '1700000000000' } });
        expect(await at.client.wait(id, { timeout: 0 })).toMatchObject({ status, endedAt: expect.any(Date) });
      },
    );

    it('looks ever more rarely, up to once a second, until the time is over', async () => {
      const waits: number[] = [];
      let now = Date.now();
      const clock = {
        now: () => now,
        after(ms: number, then: () => void) {
          waits.push(Math.round(ms));
          now += ms;
          queueMicrotask(then);
          return () => undefined;
        },
      };
      const client = at.newClient({ clock });
      const { id } = await client.enqueue('receipt.send', { orderId: '42' });
      const error = await client.wait(id, { timeout: '5s' }).catch((e: unknown) => e);

      expect(error).toBeInstanceOf(WaitTimeoutError);
      expect(error).toMatchObject({ retryable: true, context: { id, status: 'queued', timeout: 5_000 } });
      expect(waits.slice(0, 9)).toEqual([50, 75, 113, 169, 253, 380, 570, 854, 1_000]);
      expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(5_000, -1);
    });

    it('rejects at once where there is no such job', async () => {
      const error = await at.client.wait('no such id').catch((e: unknown) => e);
      expect(error).toBeInstanceOf(JobNotFoundError);
      expect(String(error)).toContain(at.tableName);
    });

    it('rejects when the job is deleted meanwhile', async () => {
      const { id } = await at.client.enqueue('receipt.send', { orderId: '42' });
      const Key = { pk: { S: `job#${id}` }, sk: { S: 'state' } };
      using _ = meddle(at.dynamodb, 'GetItemCommand', async ({ nth, call }) => {
        if (nth === 2) await at.dynamodb.send(new DeleteItemCommand({ TableName: at.tableName, Key }));
        return call();
      });
      await expect(at.client.wait(id)).rejects.toBeInstanceOf(JobNotFoundError);
    });

    it("ends with the signal's reason, and leaves no timer behind", async () => {
      let timers = 0;
      const clock = {
        ...systemClock,
        after(ms: number, then: () => void) {
          timers += 1;
          const stop = systemClock.after(ms, then);
          return () => {
            timers -= 1;
            stop();
          };
        },
      };
      const client = at.newClient({ clock });
      const { id } = await client.enqueue('receipt.send', { orderId: '42' });
      const leaving = new AbortController();
      using looks = watch(at.dynamodb, 'GetItemCommand');
      const waiting = client.wait(id, { timeout: '1h', signal: leaving.signal });
      leaving.abort(new Error('the browser left'));
      await expect(waiting).rejects.toThrow('the browser left');
      expect([looks.tries, timers]).toEqual([1, 0]);
    });

    it.each(['soon', -1, Number.POSITIVE_INFINITY])('refuses a timeout of %s', async (timeout) => {
      const options = { timeout: timeout as number };
      await expect(at.client.wait('id', options)).rejects.toBeInstanceOf(InvalidOptionError);
    });
  });
});
