import type { SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../lib/contract/index.ts';
import { watch } from '../faults/sdk-faults.ts';
import { Deployment, Engines, importRows } from './fixture.ts';

describe('enqueue', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });

  it('writes the record, then sends the message of its first dispatch', async () => {
    using sent = watch<SendMessageCommandInput>(at.sqs, 'SendMessageCommand');
    const before = Date.now();
    const job = await at.client.enqueue(
      'receipt.send',
      { orderId: '42' },
      { tenant: 'acme', correlationId: 'req-1', tags: { source: 'web' }, priority: 'high' },
    );

    expect(job).toEqual({ id: expect.stringMatching(/^[0-9A-Z]{26}$/), deduplicated: false });
    const [record, ...others] = await at.records();
    expect(others).toEqual([]);
    expect(record).toEqual({
      id: job.id,
      type: 'receipt.send',
      version: 1,
      pool: 'default',
      priority: 'high',
      tenant: 'acme',
      correlationId: 'req-1',
      tags: { source: 'web' },
      status: 'queued',
      gen: expect.stringMatching(/^[0-9A-Z]{26}$/),
      dispatch: 0,
      runAt: expect.any(Number),
      attempts: 0,
      unsettled: 0,
      enqueuedAt: record?.runAt,
      payload: '{"orderId":"42"}',
    });
    expect(record?.runAt).toBeGreaterThanOrEqual(before);

    expect(sent.inputs.map(({ MessageGroupId }) => MessageGroupId)).toEqual(['acme']);
    const [message, ...copies] = await at.receive('high');
    expect(copies).toEqual([]);
    expect(JSON.parse(message?.Body ?? '')).toEqual({
      v: 1,
      id: job.id,
      gen: record?.gen,
      dispatch: 0,
      nonce: expect.stringMatching(/^[\w-]{22}$/),
      type: 'receipt.send',
      version: 1,
      pool: 'default',
      priority: 'high',
      tenant: 'acme',
      attempts: 0,
      runAt: record?.runAt,
      enqueuedAt: record?.enqueuedAt,
      correlationId: 'req-1',
      tags: { source: 'web' },
      payload: { orderId: '42' },
    });
  });

  it('takes the declaration in place of its name, and the priority of the type', async () => {
    const { id } = await at.client.enqueue(importRows, { rows: [1] });
    expect(await at.envelopes('low')).toMatchObject([{ id, type: 'rows.import', priority: 'low' }]);
  });

  it('keeps a delayed job scheduled and its message back', async () => {
    const { id } = await at.client.enqueue('receipt.send', { orderId: '42' }, { delay: '15m' });
    const [record] = await at.records();
    expect(record).toMatchObject({ id, status: 'scheduled' });
    expect((record?.runAt ?? 0) - (record?.enqueuedAt ?? 0)).toBe(900_000);
    expect(await at.receive()).toEqual([]);
  });

  it.each([
    { bytes: 300, items: ['state'] },
    { bytes: 10_240, items: ['payload', 'state'] },
    { bytes: LIMITS.payloadBytes, items: ['payload', 'state'] },
  ])('keeps a payload of $bytes bytes in $items and in the message', async ({ bytes, items }) => {
    const payload = { orderId: 'x'.repeat(bytes - '{"orderId":""}'.length) };
    const { id } = await at.client.enqueue('receipt.send', payload);

    const kept = await at.items();
    expect(kept.map(({ sk }) => sk?.S?.split('#')[0]).sort()).toEqual(items);
    const holder = kept.find(({ sk }) => sk?.S?.split('#')[0] === items[0]);
    expect(holder?.['payload']?.S).toBe(JSON.stringify(payload));
    expect(kept.every(({ pk }) => pk?.S === `job#${id}`)).toBe(true);
    const [record] = await at.records();
    expect(record?.parts).toBe(items.length === 1 ? undefined : 1);
    expect(await at.envelopes()).toMatchObject([{ id, payload }]);
  });
});
