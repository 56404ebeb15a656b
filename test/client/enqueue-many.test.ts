import type { BatchExecuteStatementCommandOutput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type EnqueueEntry,
  EnqueueFailedError,
  type EnqueueResult,
  IdempotencyConflictError,
} from '../../lib/client/index.ts';
import {
  InvalidOptionError,
  PayloadInvalidError,
  PRIORITIES,
  UnknownJobError,
} from '../../lib/contract/index.ts';
import { failAfter, failBefore, meddle, refuseEntries, throttle, watch } from '../faults/sdk-faults.ts';
import { Deployment, Engines, importRows, type TestCatalog } from './fixture.ts';

type Entry = EnqueueEntry<TestCatalog>;

describe('enqueueMany', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });

  const receipts = (count: number): Entry[] =>
    Array.from({ length: count }, (_, i) => ({ job: 'receipt.send', payload: { orderId: `o${i}` } }));
  const ids = (results: readonly EnqueueResult[]): string[] =>
    results.flatMap((result) => (result.ok ? [result.job.id] : []));

  it('does nothing for nothing', async () => {
    expect(await at.client.enqueueMany([])).toEqual([]);
    await at.expectNothingWritten();
  });

  it('records and sends each entry, in few requests, and answers in order', async () => {
    using inserts = watch(at.dynamodb, 'BatchExecuteStatementCommand');
    using puts = watch(at.dynamodb, 'PutItemCommand');
    using sends = watch(at.sqs, 'SendMessageBatchCommand');
    const entries: Entry[] = Array.from({ length: 60 }, (_, i) => ({
      job: 'receipt.send',
      payload: { orderId: `o${i}` },
      options: { priority: PRIORITIES[i % 4], tenant: i % 2 === 0 ? 'acme' : 'other' },
    }));
    const results = await at.client.enqueueMany(entries);

    expect(results.every((result) => result.ok && !result.job.deduplicated)).toBe(true);
    const records = new Map((await at.records()).map((record) => [record.id, record]));
    expect(ids(results).map((id) => records.get(id)?.payload)).toEqual(
      entries.map(({ payload }) => JSON.stringify(payload)),
    );
    for (const [i, priority] of PRIORITIES.entries()) {
      const sent = await at.envelopes(priority);
      const expected = ids(results).filter((_, n) => n % 4 === i);
      expect(sent.map(({ id }) => id).sort()).toEqual(expected.sort());
    }
    expect([inserts.tries, puts.tries, sends.tries]).toEqual([3, 0, 8]);
  });

  it('keeps a large payload in an item of its own', async () => {
    const orderId = 'x'.repeat(10_000);
    const [large] = await at.client.enqueueMany([
      { job: 'receipt.send', payload: { orderId } },
      ...receipts(1),
    ]);
    const id = large?.ok ? large.job.id : '';
    const own = (await at.items()).filter(({ pk }) => pk?.S === `job#${id}`);
    expect(own.map(({ sk }) => sk?.S?.split('#')[0]).sort()).toEqual(['payload', 'state']);
    expect(await at.envelopes()).toHaveLength(2);
  });

  it('lets entries that are refused disturb no other', async () => {
    const entries = [
      { job: 'receipt.send', payload: { orderId: '1' } },
      { job: 'receipt.send', payload: { orderId: 2 } },
      { job: 'receipt.sent', payload: {} },
      { job: importRows, payload: { rows: [1] }, options: { delay: '11y' } },
      null,
      { job: importRows, payload: { rows: [1] }, options: null },
      { job: importRows, payload: { rows: [1] } },
    ] as unknown as Entry[];
    const results = await at.client.enqueueMany(entries);

    expect(results).toEqual([
      { ok: true, job: { id: expect.any(String), deduplicated: false } },
      { ok: false, error: expect.any(PayloadInvalidError) },
      { ok: false, error: expect.any(UnknownJobError) },
      { ok: false, error: expect.any(InvalidOptionError) },
      { ok: false, error: expect.any(InvalidOptionError) },
      { ok: false, error: expect.any(InvalidOptionError) },
      { ok: true, job: { id: expect.any(String), deduplicated: false } },
    ]);
    expect((await at.records()).map(({ id }) => id).sort()).toEqual(ids(results).sort());
    expect(await at.receive()).toHaveLength(1);
    expect(await at.receive('low')).toHaveLength(1);
  });

  it('makes one job of one key in one call, and tells another payload apart', async () => {
    const keyed = (orderId: string): Entry => ({
      job: 'receipt.send',
      payload: { orderId },
      options: { idempotencyKey: 'order-42' },
    });
    const results = await at.client.enqueueMany([keyed('42'), ...receipts(2), keyed('42'), keyed('43')]);

    expect(results.map((result) => result.ok && result.job.deduplicated)).toEqual([
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(results[3]).toEqual({ ok: true, job: { id: ids(results)[0], deduplicated: true } });
    expect(results[4]).toEqual({ ok: false, error: expect.any(IdempotencyConflictError) });
    expect(await at.records()).toHaveLength(3);
    expect(await at.envelopes()).toHaveLength(3);
  });

  it('meets jobs of earlier calls by their keys', async () => {
    const entries = receipts(5).map((entry, i) => ({ ...entry, options: { idempotencyKey: `k${i}` } }));
    const first = await at.client.enqueueMany(entries.slice(0, 3));
    const second = await at.client.enqueueMany(entries);
    expect(ids(second).slice(0, 3)).toEqual(ids(first));
    expect(second.map((result) => result.ok && result.job.deduplicated)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(await at.records()).toHaveLength(5);
    expect(await at.envelopes()).toHaveLength(5);
  });

  it('replaces an expired record that TTL has not deleted yet', async () => {
    const entries = receipts(2).map((entry, i) => ({ ...entry, options: { idempotencyKey: `k${i}` } }));
    const [id = ''] = ids(await at.client.enqueueMany(entries));
    await at.amend(id, { status: { S: 'succeeded' }, expiresAt: { N: '1' } });
    const results = await at.client.enqueueMany(entries);
    expect(results.map((result) => result.ok && result.job.deduplicated)).toEqual([false, true]);
  });

  describe('when AWS fails', () => {
    it('hands the entry that SQS refused to the outbox, and only that', async () => {
      using _ = refuseEntries(at.sqs, (body) => body.includes('"o3"'));
      const results = await at.client.enqueueMany(receipts(12));

      expect(results.every(({ ok }) => ok)).toBe(true);
      const marked = (await at.records()).filter(({ out }) => out !== undefined);
      expect(marked).toMatchObject([{ payload: '{"orderId":"o3"}', status: 'queued', dispatch: 0, out: 0 }]);
      expect(await at.envelopes()).toHaveLength(11);
    });

    it('hands every entry of a request that failed to the outbox', async () => {
      using _ = failBefore(at.sqs, 'SendMessageBatchCommand');
      const results = await at.client.enqueueMany(receipts(12));
      expect(results.every(({ ok }) => ok)).toBe(true);
      expect((await at.records()).every(({ out }) => out === 0)).toBe(true);
      expect(await at.receive()).toEqual([]);
    });

    it('rejects the entry that neither SQS nor the outbox took, and only that', async () => {
      using _entry = refuseEntries(at.sqs, (body) => body.includes('"o3"'));
      using _mark = failBefore(at.dynamodb, 'UpdateItemCommand');
      const results = await at.client.enqueueMany(receipts(5));
      expect(results.map(({ ok }) => ok)).toEqual([true, true, true, false, true]);
      expect(results[3]).toEqual({ ok: false, error: expect.any(EnqueueFailedError) });
    });

    it('puts one by one what a throttled batch did not take', async () => {
      using batch = throttle(at.dynamodb, 'BatchExecuteStatementCommand', 1);
      using puts = watch(at.dynamodb, 'PutItemCommand');
      const results = await at.client.enqueueMany(receipts(30));
      expect(results.every(({ ok }) => ok)).toBe(true);
      expect([batch.tries, puts.tries]).toEqual([2, 25]);
      expect(await at.records()).toHaveLength(30);
      expect(await at.envelopes()).toHaveLength(30);
    });

    it('puts by itself the one statement of a batch that was throttled', async () => {
      using _ = meddle(at.dynamodb, 'BatchExecuteStatementCommand', async ({ call }) => {
        const output = (await call()) as BatchExecuteStatementCommandOutput;
        const Responses = output.Responses?.map((response, i) =>
          i === 1 ? { Error: { Code: 'ThrottlingError' as const, Message: 'slow down' } } : response,
        );
        return { ...output, Responses };
      });
      using puts = watch(at.dynamodb, 'PutItemCommand');
      const results = await at.client.enqueueMany(receipts(4));
      expect(results.every((result) => result.ok && !result.job.deduplicated)).toBe(true);
      expect(puts.tries).toBe(1);
      expect(await at.envelopes()).toHaveLength(4);
    });

    it('recognises its own records when the answer of a batch was lost', async () => {
      using _ = failAfter(at.dynamodb, 'BatchExecuteStatementCommand');
      const entries = receipts(4).map((entry, i) => ({ ...entry, options: { idempotencyKey: `k${i}` } }));
      const results = await at.client.enqueueMany(entries);
      expect(results.every((result) => result.ok && !result.job.deduplicated)).toBe(true);
      const records = await at.records();
      expect(records).toHaveLength(4);
      expect(records.every(({ out }) => out === undefined)).toBe(true);
      expect(await at.envelopes()).toHaveLength(4);
    });

    it('rejects the entry that could not be recorded, and only that', async () => {
      using _batch = failBefore(at.dynamodb, 'BatchExecuteStatementCommand');
      using puts = failBefore(at.dynamodb, 'PutItemCommand', 2);
      const results = await at.client.enqueueMany(receipts(3));
      expect(results.map(({ ok }) => ok).sort()).toEqual([false, true, true]);
      expect(results.find(({ ok }) => !ok)).toEqual({ ok: false, error: expect.any(EnqueueFailedError) });
      expect(puts.tries).toBe(3);
      expect(await at.records()).toHaveLength(2);
      expect(await at.envelopes()).toHaveLength(2);
    });
  });
});
