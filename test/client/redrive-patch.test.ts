import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  IdempotencyConflictError,
  OperationFailedError,
  PatchRefusedError,
  PayloadNotStoredError,
} from '../../lib/client/index.ts';
import {
  defineCatalog,
  defineJob,
  PayloadInvalidError,
  PayloadTooLargeError,
  UnknownJobError,
} from '../../lib/contract/index.ts';
import { JobTable, toItem } from '../../lib/state/index.ts';
import { failBefore } from '../faults/sdk-faults.ts';
import { putDeadJob } from './dead-job.ts';
import { Deployment, Engines } from './fixture.ts';

describe('redrive with a patched payload', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });

  const payloadOf = async (id: string) => {
    const table = new JobTable({ client: at.dynamodb, tableName: at.tableName });
    const record = await table.get(id);
    return record && JSON.parse((await table.payloadOf(record)) ?? 'null');
  };

  it('merges a patch into the payload, and keeps the one before in the history', async () => {
    const { id } = await putDeadJob(at);
    const patch = { note: 'second try' };
    expect(await at.client.redrive([id], { patch, by: 'ada', why: 'it lacked a note' })).toEqual([
      { id, ok: true },
    ]);
    expect(await payloadOf(id)).toEqual({ orderId: '42', note: 'second try' });
    expect(await at.records()).toMatchObject([{ status: 'queued', out: 5 }]);
    const told = await at.client.history(id);
    expect(told.at(-1)).toMatchObject({
      by: 'ada',
      why: 'it lacked a note',
      replaced: '{"orderId":"42"}',
    });
  });

  it('refuses a patch, or a payload that it leaves, that nests too deep', async () => {
    const { id } = await putDeadJob(at);
    const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`);
    for (const patch of [{ deep }, () => ({ orderId: '42', deep })]) {
      const [result] = await at.client.redrive([id], { patch });
      expect(result).toMatchObject({ ok: false, error: { code: 'PAYLOAD_INVALID' } });
    }
    expect(await at.records()).toMatchObject([{ status: 'dead' }]);
  });

  it('takes a function of payload and job', async () => {
    const { id } = await putDeadJob(at);
    const patch = (payload: unknown, { id: note }: { id: string }) => ({ ...(payload as object), note });
    await at.client.redrive([id], { patch });
    expect(await payloadOf(id)).toEqual({ orderId: '42', note: id });
  });

  it('moves a payload that grew into an item of its own, which goes with the record', async () => {
    const { id } = await putDeadJob(at);
    const note = 'x'.repeat(5_000);
    await at.client.redrive([id], { patch: { note } });
    expect(await payloadOf(id)).toEqual({ orderId: '42', note });
    const [record] = await at.records();
    expect(record?.payload).toBeUndefined();
    expect(record?.parts).toBe(1);
  });

  it('replaces a payload that has an item of its own', async () => {
    const { id, gen } = await putDeadJob(at, { payload: undefined });
    const payload = JSON.stringify({ orderId: '42', note: 'x'.repeat(5_000) });
    await at.put(toItem({ pk: `job#${id}`, sk: `payload#${gen}`, payload }));
    await at.client.redrive([id], { patch: { note: null } });
    expect(await payloadOf(id)).toEqual({ orderId: '42' });
  });

  it('brings a payload of an older version up to today’s first', async () => {
    const schema = z.object({ order: z.string(), note: z.string().optional() });
    const upcast = { 1: (v1: unknown) => ({ order: (v1 as { orderId: string }).orderId }) };
    const catalog = defineCatalog([defineJob({ name: 'receipt.send', version: 2, schema, upcast })]);
    const { id } = await putDeadJob(at);
    await at.newClient({ catalog: catalog as never }).redrive([id], { patch: { note: 'v2' } });
    expect(await payloadOf(id)).toEqual({ order: '42', note: 'v2' });
    expect(await at.records()).toMatchObject([{ version: 2 }]);
  });

  it.each([{ note: 'short' }, { note: 'x'.repeat(5_000) }])(
    'leaves an idempotency key to the payload that it was enqueued with (%#)',
    async (patch) => {
      const options = { idempotencyKey: 'once' };
      const enqueue = (orderId: string) => at.client.enqueue('receipt.send', { orderId }, options);
      const { id } = await enqueue('42');
      await at.amend(id, { status: { S: 'dead' }, holder: { S: 'nonce' } });
      await at.client.redrive([id], { patch });
      expect(await enqueue('42')).toEqual({ id, deduplicated: true });
      await expect(enqueue('43')).rejects.toBeInstanceOf(IdempotencyConflictError);
      expect(await payloadOf(id)).toEqual({ orderId: '42', ...patch });
    },
  );

  it.each([
    ['does not fit the schema', { orderId: 42 }, PayloadInvalidError],
    ['has no form in JSON', () => undefined, PayloadInvalidError],
    ['is too large', { note: 'x'.repeat(400_000) }, PayloadTooLargeError],
    [
      'is made by a function that throws',
      () => {
        throw new TypeError('no note');
      },
      PatchRefusedError,
    ],
  ])('writes nothing when the payload %s', async (_what, patch, expected) => {
    const dead = await putDeadJob(at);
    const before = await at.items();
    const [result] = await at.client.redrive([dead.id], { patch });
    expect(result).toEqual({ id: dead.id, ok: false, error: expect.any(expected) });
    expect(await at.items()).toEqual(before);
  });

  it.each([
    ['a type that the catalog lacks', { type: 'gone.run' }, UnknownJobError],
    ['a newer version of the type', { version: 9 }, PatchRefusedError],
    ['a payload that was never stored', { payload: undefined }, PayloadNotStoredError],
  ])('refuses %s', async (_what, changes, expected) => {
    const dead = await putDeadJob(at, changes);
    const [result] = await at.client.redrive([dead.id], { patch: {} });
    expect(result).toEqual({ id: dead.id, ok: false, error: expect.any(expected) });
    expect(await at.records()).toMatchObject([{ status: 'dead' }]);
  });

  it('writes payload, record and history together, or nothing of them', async () => {
    const { id } = await putDeadJob(at);
    const before = await at.items();
    using _ = failBefore(at.dynamodb, 'TransactWriteItemsCommand');
    const [result] = await at.client.redrive([id], { patch: { note: 'x'.repeat(5_000) } });
    expect(result).toEqual({ id, ok: false, error: expect.any(OperationFailedError) });
    expect(await at.items()).toEqual(before);
  });

  it('says in a dry run what would be done, and does not do it', async () => {
    const good = await putDeadJob(at);
    const before = await at.items();
    expect(await at.client.redrive([good.id], { dryRun: true, patch: { note: 'n' } })).toMatchObject([
      { ok: true },
    ]);
    expect(await at.client.redrive([good.id], { dryRun: true, patch: { note: 1 } })).toMatchObject([
      { ok: false },
    ]);
    expect(await at.items()).toEqual(before);
  });
});
