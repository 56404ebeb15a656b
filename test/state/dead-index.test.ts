import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidOptionError } from '../../lib/contract/index.ts';
import { buryWrite, DeadIndex, type Item } from '../../lib/state/index.ts';
import { watch } from '../faults/sdk-faults.ts';
import { Scratch } from './scratch.ts';

const HOUR = 3_600_000;
const ERROR = { name: 'Error', message: 'no', fingerprint: 'f' };

let scratch: Scratch;
let index: DeadIndex;
/** Dead jobs, newest first. */
const dead: string[] = [];

beforeAll(async () => {
  scratch = await Scratch.start();
  index = new DeadIndex({ client: scratch.scratch.client, tableName: scratch.scratch.name });
  await Promise.all([scratch.put(), scratch.put({ status: 'succeeded' })]);
  for (let n = 0; n < 40; n += 1) {
    const record = await scratch.put({
      type: n % 4 === 0 ? 'mail.send' : 'other',
      payload: 'x'.repeat(n * 900),
    });
    const at = record.runAt + Math.floor(n / 2) * HOUR;
    await scratch.table.update(buryWrite(record, { now: at, retention: HOUR, error: ERROR }));
    dead.unshift(record.id);
  }
});
afterAll(() => scratch[Symbol.asyncDispose]());

const idOf = (item: Item) => item['pk']?.S?.slice('job#'.length) ?? '';

async function pages(limit: number, keep?: (item: Item) => boolean): Promise<Item[][]> {
  const found: Item[][] = [];
  let cursor: string | undefined;
  do {
    const page = await index.page({ kind: 'dead', limit, cursor, keep });
    found.push([...page.items]);
    cursor = page.cursor;
  } while (cursor);
  return found;
}

describe('the index of dead jobs', () => {
  it('holds the dead alone, over several shards', async () => {
    const [items = []] = await pages(1_000);
    expect(items.map(idOf).sort()).toEqual([...dead].sort());
    expect(new Set(items.map((item) => item['deadShard']?.S)).size).toBeGreaterThan(3);
  });

  it.each([1, 3, 7, 39, 40, 41])('gives each job once, newest first, %i a page', async (limit) => {
    const found = await pages(limit);
    const times = found.flat().map((item) => Number(item['deadAt']?.N));
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(found.flat().map(idOf).sort()).toEqual([...dead].sort());
    for (const page of found.slice(0, Math.floor(40 / limit))) expect(page).toHaveLength(limit);
  });

  it('fills its pages with what is asked for', async () => {
    const found = await pages(3, (item) => item['type']?.S === 'mail.send');
    expect(found.slice(0, 3).map((page) => page.length)).toEqual([3, 3, 3]);
    expect(found.flat()).toHaveLength(10);
  });

  it('asks for few pages where few of many are meant, and gives each of those once', async () => {
    await using many = await Scratch.start();
    const { client, name: tableName } = many.scratch;
    const jobs = Array.from({ length: 200 }, async (_, n) => {
      const record = await many.put({ type: n % 100 === 0 ? 'rare' : 'other' });
      const now = record.runAt + n * HOUR;
      await many.table.update(buryWrite(record, { now, retention: HOUR, error: ERROR }));
      return record;
    });
    const rare = (await Promise.all(jobs)).filter(({ type }) => type === 'rare').map(({ id }) => id);
    const keep = (item: Item) => item['type']?.S === 'rare';
    using queries = watch<{ ExpressionAttributeValues: Item }>(client, 'QueryCommand');
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const before = queries.inputs.length;
      const page = await new DeadIndex({ client, tableName }).page({ kind: 'dead', limit: 1, cursor, keep });
      found.push(...page.items.map(idOf));
      cursor = page.cursor;
      const shards = queries.inputs
        .slice(before)
        .map(({ ExpressionAttributeValues }) => ExpressionAttributeValues[':shard']?.S);
      for (const shard of new Set(shards))
        expect(shards.filter((other) => other === shard).length).toBeLessThanOrEqual(2);
    } while (cursor);
    expect(found).toEqual(rare.toReversed());
  });

  it('goes on where it stopped, whatever died since, and gives each out once', async () => {
    const first = await index.page({ kind: 'dead', limit: 10 });
    const late = await scratch.put();
    const now = late.runAt + 100 * HOUR;
    await scratch.table.update(buryWrite(late, { now, retention: HOUR, error: ERROR }));
    const second = await index.page({ kind: 'dead', limit: 100, cursor: first.cursor });
    const ids = [...first.items, ...second.items].map(idOf);
    // What died since is in the second page where its shard had given out nothing yet.
    expect(ids.filter((id) => id !== late.id).sort()).toEqual([...dead].sort());
    expect(new Set(ids).size).toBe(ids.length);
    dead.unshift(late.id);
  });

  it.each(['', 'x', Buffer.from('{"dead#0":7}').toString('base64url')])(
    'refuses a cursor that is none: %j',
    async (cursor) => {
      await expect(index.page({ kind: 'dead', limit: 10, cursor })).rejects.toThrow(InvalidOptionError);
    },
  );

  it('refuses the cursor of the other list', async () => {
    const { cursor } = await index.page({ kind: 'dead', limit: 1 });
    await expect(index.page({ kind: 'quarantined', limit: 1, cursor })).rejects.toThrow(InvalidOptionError);
  });
});
