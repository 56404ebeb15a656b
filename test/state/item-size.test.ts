import { type AttributeValue, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimWrite,
  fitsOneWriteUnit,
  itemBytes,
  type JobRecord,
  stateItem,
  succeedWrite,
  toUpdate,
  type Write,
} from '../../lib/state/index.ts';
import { queuedRecord } from '../conformance/job-writes.ts';
import { Scratch } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await Scratch.start();
});
afterAll(() => scratch[Symbol.asyncDispose]());

describe('the size of an item', () => {
  it.each<[string, AttributeValue, number]>([
    ['a text: its UTF-8 bytes', { S: 'añ€😀' }, 1 + 2 + 3 + 4],
    ['no text', { S: '' }, 0],
    ['a number: a byte for two digits, and one more', { N: '1234' }, 3],
    ['a number of one digit', { N: '7' }, 2],
    ['a truth value', { BOOL: true }, 1],
    ['a map: 3 bytes, and one for each entry', { M: { ab: { S: 'cd' }, e: { S: '' } } }, 3 + 2 + 4 + 1],
  ])('%s, besides its name', (_, value, bytes) => {
    expect(itemBytes({ name: value })).toBe(4 + bytes);
  });
});

/** The largest payload with which a record still fits, and the record. */
function largestFitting(change: Partial<JobRecord>): JobRecord {
  const of = (length: number): JobRecord => ({
    ...queuedRecord('01ARZ3NDEKTSV4RRFFQ69G5FAV'),
    ...{ gen: '01ARZ3NDEKTSV4RRFFQ69G5FAV', payload: 'x'.repeat(length) },
    ...change,
  });
  let length = 0;
  while (fitsOneWriteUnit(stateItem(of(length + 1)))) length += 1;
  return of(length);
}

describe('a record that fits one write unit', () => {
  async function units(write: Write): Promise<number | undefined> {
    const input = { ...toUpdate(scratch.scratch.name, write), ReturnConsumedCapacity: 'TOTAL' as const };
    const { ConsumedCapacity } = await scratch.scratch.client.send(new UpdateItemCommand(input));
    return ConsumedCapacity?.CapacityUnits;
  }

  it.each<[string, Partial<JobRecord>]>([
    ['plain', { tenant: undefined, tags: undefined }],
    ['with tenant and tags', { tenant: 'acme', tags: { plan: 'pro', region: 'eu' } }],
    ['scheduled, with a key', { status: 'scheduled', key: 'order-42', payloadHash: 'h'.repeat(27) }],
  ])('still is one after the claim and the settle: %s', async (_, change) => {
    const largest = largestFitting(change);
    expect(largest.payload?.length).toBeGreaterThan(300);
    const { id, gen, runAt: now } = await scratch.put(largest);
    const token = 't'.repeat(22);
    const message = { id, gen, dispatch: 0, nonce: 'n'.repeat(22) };
    const leaseUntil = now + 855_000;
    expect(await units(claimWrite({ message, token, now, leaseUntil, lapseLimit: 3 }))).toBe(1);
    const held = { message, token, attempts: 0, unsettled: 1 };
    const ending = { now: now + 1, retention: 30 * 86_400_000 };
    expect(await units(succeedWrite(held, { ...ending, result: undefined }))).toBe(1);
  });

  it('does not fit with one byte more', () => {
    const { payload = '', ...rest } = largestFitting({});
    expect(fitsOneWriteUnit(stateItem({ ...rest, payload: `${payload}x` }))).toBe(false);
  });
});
