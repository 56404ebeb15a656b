import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DeadIndex,
  type Item,
  itemBytes,
  quarantineItems,
  quarantineKey,
  RecordUnreadableError,
  readQuarantined,
  readWholeQuarantined,
} from '../../lib/state/index.ts';
import { Scratch } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await Scratch.start();
});
afterAll(() => scratch[Symbol.asyncDispose]());

const message = {
  messageId: 'm-1',
  source: 'arn:aws:sqs:us-east-1:000000000000:dlq',
  reason: 'The message is not JSON',
  sentAt: 1_800_000_000_000,
  quarantinedAt: 1_800_000_100_000,
};
const DAY = 86_400_000;
/** DynamoDB: an item has at most 400 KB. */
const ITEM_BYTES = 400 * 1024;
/** SQS: a message has at most 1 MiB. */
const MESSAGE_BYTES = 1_048_576;

/** The body, put together again from its items. */
function bodyOf(items: readonly Item[]): string {
  const number = (item: Item) => Number(item['sk']?.S?.split('#')[1] ?? 0);
  const ordered = [...items].sort((a, b) => number(a) - number(b));
  return ordered.map((item) => item['body']?.S ?? '').join('');
}

describe('a quarantined message', () => {
  it('is one item, listed, and kept as long as dead jobs are', () => {
    const [item = {}, ...more] = quarantineItems({ ...message, body: 'hello', tenant: 'acme' }, 90 * DAY);
    expect(more).toEqual([]);
    expect(item['expiresAt']?.N).toBe(String(1_800_000_100 + 90 * 86_400));
    expect(readQuarantined(item)).toEqual({ ...message, body: 'hello', tenant: 'acme', bodyParts: 1 });
  });

  it('is kept although its reason quotes half of a character', async () => {
    const reason = 'Got: \ud800';
    const [item = {}] = quarantineItems({ ...message, messageId: 'half', body: '"x"', reason }, DAY);
    await scratch.table.put(item);
    expect(readQuarantined(item).reason).toBe('Got: \ufffd');
  });

  it.each<[string, string]>([
    ['empty', ''],
    ['of one character', '😀'],
    ['of the largest size', 'x'.repeat(MESSAGE_BYTES)],
    ['of characters of three bytes', '€'.repeat(Math.floor(MESSAGE_BYTES / 3))],
    ['of characters of four bytes, cut anywhere', `x${'😀'.repeat(Math.floor(MESSAGE_BYTES / 4) - 1)}`],
  ])('keeps a body whole in items that DynamoDB takes: %s', async (kind, body) => {
    const items = quarantineItems({ ...message, messageId: kind, body }, DAY);
    for (const item of items) {
      expect(itemBytes(item)).toBeLessThanOrEqual(ITEM_BYTES);
      await scratch.table.put(item);
    }
    expect(bodyOf(items)).toBe(body);
    const kept = await scratch.table.itemsUnder({ pk: quarantineKey(kind) });
    expect(readWholeQuarantined(kept)).toMatchObject({ messageId: kind, body });
    for (const item of items) expect(item['body']?.S?.isWellFormed()).toBe(true);
    expect(items.filter((item) => item['deadShard'])).toHaveLength(1);
    // What is listed is there: the item that lists the others comes last.
    expect(items.at(-1)).toHaveProperty('deadShard');
  });

  it('of which a part is gone is a typed error, not a body with a gap', () => {
    const items = quarantineItems({ ...message, body: 'x'.repeat(200_000) }, DAY);
    const broken = items.filter(({ sk }) => sk?.S !== 'body#2');
    expect(() => readWholeQuarantined(broken)).toThrow(RecordUnreadableError);
    expect(readWholeQuarantined(items.slice(0, 2))).toBeUndefined();
  });

  it('stands in a list of its own', async () => {
    const index = new DeadIndex({ client: scratch.scratch.client, tableName: scratch.scratch.name });
    const { items } = await index.page({ kind: 'quarantined', limit: 100 });
    expect(items.map((item) => readQuarantined(item).messageId)).toContain('of the largest size');
    expect((await index.page({ kind: 'dead', limit: 100 })).items).toEqual([]);
  });
});
