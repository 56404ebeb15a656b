import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptItem } from '../../lib/state/index.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { Lab } from '../worker/lab.ts';
import { System } from './system.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const text = 'x'.repeat(20_000);
const key = { idempotencyKey: 'order-42' };

/** A job with a payload of its own and failed attempts, whose record is past its expiry. */
async function expired(attempts: number) {
  const system = await System.of(lab);
  const { stand } = system;
  const { id } = await stand.client.enqueue('work', { n: 1, text }, key);
  const { gen } = await stand.record(id);
  for (let n = 0; n < attempts; n += 1) {
    const at = lab.clock.now();
    const summary = { name: 'Error', message: 'no', fingerprint: 'f' };
    await stand.table.put(
      attemptItem({
        ...{ id, gen, dispatch: n, attempt: n + 1, startedAt: at, endedAt: at, summary },
        ...{ outcome: 'retrying', error: new Error('no'), worker: 'w', expiresAt: 1 },
      }),
    );
  }
  await stand.amend(id, { status: 'dead', expiresAt: Math.floor(lab.clock.now() / 1000) });
  const remove = async () => {
    const Key = { pk: { S: `job#${id}` }, sk: { S: 'state' } };
    await lab.wire.dynamodb.send(new DeleteItemCommand({ TableName: stand.tableName, Key }));
  };
  lab.clock.advance(1_000);
  return { system, stand, id, remove };
}

describe('what stands beside a record', () => {
  it.each([0, 3, 60])('goes when the record goes: a payload and %i attempts', async (attempts) => {
    const { system, stand, id, remove } = await expired(attempts);
    expect(await stand.parts(id)).toHaveLength(1 + attempts);
    await system.followNew();
    expect(await stand.parts(id)).toHaveLength(1 + attempts);
    await remove();
    expect(await system.followNew()).toEqual([]);
    expect(await stand.parts(id)).toEqual([]);
  });

  it.each([
    ['before the look at what is left', 'QueryCommand'],
    ['between that look and the deletion', 'BatchWriteItemCommand'],
  ])('stays where it belongs to a record put anew: %s', async (_, moment) => {
    const { system, stand, id, remove } = await expired(2);
    await remove();
    using _anew = meddle(system.wire.dynamodb, moment, async ({ call }) => {
      await stand.client.enqueue('work', { n: 2, text }, key);
      return call();
    });
    expect(await system.followNew()).toEqual([]);
    const record = await stand.record(id);
    expect(record.status).toBe('queued');
    expect(await stand.table.payloadOf(record)).toBe(JSON.stringify({ n: 2, text }));
    expect(await stand.parts(id)).toHaveLength(1);
  });

  it('goes at last where the id was put over the expired record', async () => {
    const { system, stand, id, remove } = await expired(2);
    await stand.client.enqueue('work', { n: 1 }, key);
    expect(await stand.parts(id)).toHaveLength(3);
    await system.followNew();
    expect(await stand.parts(id)).toHaveLength(3);
    await remove();
    await system.followNew();
    expect(await stand.parts(id)).toEqual([]);
  });

  it('goes in part where it is more than a change has time for: the payload, and of the rest what fits', async () => {
    const { system, stand, id, remove } = await expired(1_300);
    await system.followNew();
    await remove();
    using deletes = meddle(system.wire.dynamodb, 'BatchWriteItemCommand', ({ call }) => call());
    expect(await system.followNew()).toEqual([]);
    expect(deletes.tries).toBe(40);
    const left = await stand.parts(id);
    expect(left).toHaveLength(301);
    expect(left.filter(({ sk, expiresAt }) => !sk?.S?.startsWith('attempt#') || !expiresAt)).toEqual([]);
  });

  it('is tried again where DynamoDB leaves deletes undone', async () => {
    const { system, stand, id, remove } = await expired(3);
    await system.followNew();
    await remove();
    const undone = meddle(system.wire.dynamodb, 'BatchWriteItemCommand', ({ input }) =>
      Promise.resolve({ UnprocessedItems: Object(input)['RequestItems'], $metadata: {} }),
    );
    const failed = await system.followNew();
    expect(failed).toHaveLength(1);
    undone.stop();
    expect(await system.follow()).toEqual([]);
    expect(await stand.parts(id)).toEqual([]);
  });
});
