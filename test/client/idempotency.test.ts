import type { SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EnqueuedJob, IdempotencyConflictError } from '../../lib/client/index.ts';
import type { Item } from '../../lib/state/index.ts';
import { failBefore, watch } from '../faults/sdk-faults.ts';
import { Deployment, Engines } from './fixture.ts';

describe('an idempotency key', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });

  const enqueue = (orderId: string, options = {}): Promise<EnqueuedJob> =>
    at.client.enqueue('receipt.send', { orderId }, { idempotencyKey: 'order-42', ...options });

  it('stands for one job and one message', async () => {
    const first = await enqueue('42');
    await claimed(first.id);
    const second = await enqueue('42');

    expect(first.deduplicated).toBe(false);
    expect(second).toEqual({ id: first.id, deduplicated: true });
    expect(await at.records()).toHaveLength(1);
    expect(await at.envelopes()).toMatchObject([{ id: first.id, key: 'order-42' }]);
  });

  it('marks a job that nobody has claimed yet for the outbox: its first enqueuer may have died', async () => {
    const { id } = await enqueue('42');
    await enqueue('42');
    expect(await at.records()).toMatchObject([{ id, status: 'queued', dispatch: 0, out: 0 }]);
    expect(await at.envelopes()).toHaveLength(1);
  });

  it('sends again nothing that is claimed, is in the outbox, or has ended', async () => {
    const { id } = await enqueue('42');
    const states: Item[] = [
      { out: { N: '0' } },
      { status: { S: 'dead' } },
      { status: { S: 'running' }, holder: { S: 'nonce' } },
      { status: { S: 'retrying' }, holder: { S: 'nonce' } },
    ];
    for (const changes of states) {
      await at.amend(id, changes);
      const before = await at.records();
      expect(await enqueue('42')).toEqual({ id, deduplicated: true });
      expect(await at.records()).toEqual(before);
    }
    expect(await at.envelopes()).toHaveLength(1);
  });

  it('takes the same payload whatever the order of its keys', async () => {
    const { id } = await at.client.enqueue(
      'receipt.send',
      { orderId: '42', note: 'thanks' },
      { idempotencyKey: 'a' },
    );
    const again = await at.client.enqueue(
      'receipt.send',
      { note: 'thanks', orderId: '42' },
      { idempotencyKey: 'a' },
    );
    expect(again).toEqual({ id, deduplicated: true });
  });

  it('refuses another payload and leaves the first job as it is', async () => {
    const { id } = await enqueue('42');
    const before = await at.items();
    const error = await enqueue('43').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(IdempotencyConflictError);
    expect(error).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      retryable: false,
      context: { id, type: 'receipt.send', key: 'order-42' },
    });
    expect(await at.items()).toEqual(before);
    expect(await at.envelopes()).toHaveLength(1);
  });

  it('stands for other jobs for another tenant or type, and in no other words', async () => {
    const ids = new Set<string>();
    ids.add((await enqueue('42')).id);
    ids.add((await enqueue('42', { tenant: 'acme' })).id);
    ids.add((await enqueue('42', { tenant: 'other' })).id);
    ids.add((await enqueue('42', { idempotencyKey: 'order-42 ' })).id);
    ids.add((await at.client.enqueue('rows.import', { rows: [] }, { idempotencyKey: 'order-42' })).id);
    expect(ids.size).toBe(5);
    expect(await at.records()).toHaveLength(5);
  });

  it('counts a record past its expiry, which TTL has not deleted yet, as absent', async () => {
    const first = await enqueue('42');
    const [old] = await at.records();
    const second = Math.floor(Date.now() / 1000);
    await at.amend(first.id, { status: { S: 'succeeded' }, expiresAt: { N: String(second - 1) } });
    await at.receive();

    expect(await enqueue('43')).toEqual({ id: first.id, deduplicated: false });
    const [fresh, ...others] = await at.records();
    expect(others).toEqual([]);
    expect(fresh).toMatchObject({ id: first.id, status: 'queued', payload: '{"orderId":"43"}' });
    expect(fresh?.gen).not.toBe(old?.gen);
    expect(fresh?.expiresAt).toBeUndefined();
    expect(await at.envelopes()).toMatchObject([{ gen: fresh?.gen, payload: { orderId: '43' } }]);
  });

  it('keeps the mark of items that a replaced record left behind', async () => {
    const { id } = await enqueue('x'.repeat(10_000));
    await at.amend(id, { status: { S: 'succeeded' }, expiresAt: { N: '1' } });
    await enqueue('42');
    expect(await at.records()).toMatchObject([{ id, payload: '{"orderId":"42"}', parts: 1 }]);
  });

  it('counts a record that expires later as present', async () => {
    const { id } = await enqueue('42');
    await at.amend(id, {
      status: { S: 'succeeded' },
      expiresAt: { N: String(Math.ceil(Date.now() / 1000) + 60) },
    });
    expect(await enqueue('42')).toEqual({ id, deduplicated: true });
    await expect(enqueue('43')).rejects.toBeInstanceOf(IdempotencyConflictError);
  });

  it('lets one of twenty enqueues at a time through, and tells the others apart', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => enqueue(i % 2 === 0 ? '42' : '43')),
    );
    const accepted = outcomes.filter((o) => o.status === 'fulfilled').map((o) => o.value);
    const refused = outcomes.filter((o) => o.status === 'rejected').map((o) => o.reason);

    expect(accepted).toHaveLength(10);
    expect(accepted.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    expect(refused.every((error) => error instanceof IdempotencyConflictError)).toBe(true);
    const [record, ...others] = await at.records();
    expect(others).toEqual([]);
    expect(await at.envelopes()).toMatchObject([{ id: record?.id, gen: record?.gen }]);
  });

  it('has a second enqueue rescue the job of one that died before its send', async () => {
    {
      // The process dies after the put: neither the send nor the mark is made.
      using _send = failBefore(at.sqs, 'SendMessageCommand');
      using _mark = failBefore(at.dynamodb, 'UpdateItemCommand');
      await expect(enqueue('42')).rejects.toThrow();
    }
    const [orphan] = await at.records();
    expect(orphan).toMatchObject({ status: 'queued', dispatch: 0 });
    expect(orphan?.out).toBeUndefined();

    using sent = watch<SendMessageCommandInput>(at.sqs, 'SendMessageCommand');
    expect(await enqueue('42')).toEqual({ id: orphan?.id, deduplicated: true });
    expect(await at.records()).toMatchObject([{ id: orphan?.id, gen: orphan?.gen, out: 0 }]);
    expect(sent.tries).toBe(0);
  });

  it('has a second enqueue store the payload that one which died did not', async () => {
    const orderId = 'x'.repeat(10_000);
    {
      using _ = failBefore(at.dynamodb, 'PutItemCommand', 2);
      await expect(enqueue(orderId)).rejects.toThrow();
    }
    expect((await at.items()).map(({ sk }) => sk?.S)).toEqual(['state']);

    expect(await enqueue(orderId)).toMatchObject({ deduplicated: true });
    const [payload, state] = (await at.items()).sort((a, b) =>
      (a['sk']?.S ?? '').localeCompare(b['sk']?.S ?? ''),
    );
    expect(payload?.['payload']?.S).toBe(JSON.stringify({ orderId }));
    expect(state?.['out']?.N).toBe('0');
  });

  it('has it send the job anew where the outbox has been asked without a payload to send', async () => {
    const orderId = 'x'.repeat(10_000);
    {
      using _ = failBefore(at.dynamodb, 'PutItemCommand', 2);
      await expect(enqueue(orderId)).rejects.toThrow();
    }
    const [orphan] = await at.records();
    // The sweeper found it first.
    await at.amend(orphan?.id ?? '', { dispatch: { N: '1' }, out: { N: '1' }, hops: { N: '1' } });

    expect(await enqueue(orderId)).toEqual({ id: orphan?.id, deduplicated: true });
    expect(await at.records()).toMatchObject([{ status: 'queued', dispatch: 2, out: 2, hops: 1 }]);
    expect((await at.items()).map(({ sk }) => sk?.S).sort()).toEqual([`payload#${orphan?.gen}`, 'state']);

    await enqueue(orderId);
    expect(await at.records()).toMatchObject([{ dispatch: 2, out: 2 }]);
  });

  it('says that an enqueue was not accepted when it cannot rescue the job', async () => {
    await enqueue('42');
    using _ = failBefore(at.dynamodb, 'UpdateItemCommand');
    await expect(enqueue('42')).rejects.toMatchObject({ code: 'ENQUEUE_FAILED', retryable: true });
  });

  async function claimed(id: string): Promise<void> {
    await at.amend(id, { status: { S: 'running' }, holder: { S: 'nonce' }, token: { S: 'token' } });
  }
});
