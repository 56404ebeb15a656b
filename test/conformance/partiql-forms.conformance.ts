import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Item, ScratchTable, SORT_KEY, type Statement } from './scratch-table.ts';

// The statement forms that Millrace writes, on every engine. The expectations are one set for all, so that a form which
// only one parser takes cannot stay; where an engine is known to answer otherwise, `departures` says so and is tested.

const text = (S: string): AttributeValue => ({ S });
const number = (N: number): AttributeValue => ({ N: String(N) });
const ok = expect.not.objectContaining({ Error: expect.anything() });
const failed = (Code: string) => expect.objectContaining({ Error: expect.objectContaining({ Code }) });

const NOW = 1_000;
const QUEUED: Item = {
  status: text('queued'),
  type: text('mail'),
  gen: text('g1'),
  dispatch: number(0),
  runAt: number(NOW),
  unsettled: number(0),
  out: number(0),
};

const KEY = '"pk" = ? AND "sk" = ?';
const keyOf = (pk: string): AttributeValue[] => [text(pk), text(SORT_KEY)];

const claim = (pk: string, { gen = 'g1', now = NOW, token = 't1' } = {}): Statement => ({
  text:
    'UPDATE TABLE SET "status" = ?, "token" = ?, "holder" = ?, "leaseUntil" = ?, "unsettled" = ? REMOVE "out" ' +
    `WHERE ${KEY} AND "gen" = ? AND "dispatch" = ? AND "cancelRequested" IS MISSING ` +
    'AND ("deadline" IS MISSING OR "deadline" > ?) ' +
    'AND (("status" IN [?, ?, ?] AND "runAt" <= ?) OR ("status" = ? AND "leaseUntil" < ? AND "unsettled" < ?))',
  parameters: [
    ...[text('running'), text(token), text('nonce'), number(now + 60), number(1)],
    ...keyOf(pk),
    ...[text(gen), number(0), number(now)],
    ...[text('queued'), text('scheduled'), text('retrying'), number(now)],
    ...[text('running'), number(now), number(3)],
  ],
});

const succeed = (pk: string, { token = 't1' } = {}): Statement => ({
  text:
    'UPDATE TABLE SET "status" = ?, "attempts" = ?, "unsettled" = ?, "endedAt" = ?, "expiresAt" = ?, "result" = ?, ' +
    `"error" = ?, "parts" = ? WHERE ${KEY} AND "status" = ? AND "gen" = ? AND "token" = ?`,
  parameters: [
    ...[text('succeeded'), number(1), number(0), number(NOW), number(2), text('{"it\'s":"ünïcode ? "}')],
    ...[{ M: { name: text('None') } }, number(1)],
    ...keyOf(pk),
    ...[text('running'), text('g1'), text(token)],
  ],
});

const record = (pk: string): Statement => ({
  text: "INSERT INTO TABLE VALUE {'pk': ?, 'sk': ?, 'status': ?, 'dispatch': ?, 'tags': ?}",
  parameters: [...keyOf(pk), text('queued'), number(0), { M: { plan: text('pro') } }],
});

interface Departures {
  /** Whether a failed condition brings the old item, as AWS documents. */
  readonly oldItem: boolean;
}
const DEPARTURES: Record<string, Departures> = {
  dynoxide: { oldItem: false },
  'DynamoDB Local': { oldItem: true },
};

describe.each(inject('engines'))('the statement forms on $name', (engine) => {
  let table: ScratchTable;
  beforeAll(async () => {
    table = await ScratchTable.create(engine);
    return () => table[Symbol.asyncDispose]();
  });

  it('claims: several assignments, one removed attribute, nested conditions', async () => {
    const pk = await table.put(QUEUED);
    expect(await table.execute([claim(pk)])).toEqual([ok]);
    const { out: _out, ...kept } = QUEUED;
    expect(await table.read(pk)).toEqual({
      ...kept,
      status: text('running'),
      token: text('t1'),
      holder: text('nonce'),
      leaseUntil: number(NOW + 60),
      unsettled: number(1),
    });
  });

  it('claims though the attribute to remove is absent', async () => {
    const { out: _out, ...clean } = QUEUED;
    const pk = await table.put(clean);
    expect(await table.execute([claim(pk)])).toEqual([ok]);
  });

  it('claims again what has lapsed', async () => {
    const running = { status: text('running'), leaseUntil: number(NOW - 1), unsettled: number(1) };
    const pk = await table.put({ ...QUEUED, ...running });
    expect(await table.execute([claim(pk)])).toEqual([ok]);
  });

  it.each<[string, Item, { gen?: string; now?: number }]>([
    ['an ended job', { status: text('succeeded') }, {}],
    ['another generation', {}, { gen: 'g2' }],
    ['another dispatch', { dispatch: number(1) }, {}],
    ['a requested cancel', { cancelRequested: { BOOL: true } }, {}],
    ['a passed deadline', { deadline: number(NOW) }, {}],
    ['an early job', {}, { now: NOW - 1 }],
    ['a live lease', { status: text('running'), leaseUntil: number(NOW), unsettled: number(1) }, {}],
    ['too many lapses', { status: text('running'), leaseUntil: number(1), unsettled: number(3) }, {}],
  ])('refuses to claim %s and changes nothing', async (_what, change, options) => {
    const before = { ...QUEUED, ...change };
    const pk = await table.put(before);
    expect(await table.execute([claim(pk, options)])).toEqual([failed('ConditionalCheckFailed')]);
    expect(await table.read(pk)).toEqual(before);
  });

  it('lets one of many concurrent claims through', async () => {
    const pk = await table.put(QUEUED);
    const tokens = Array.from({ length: 20 }, (_, i) => `t${i}`);
    const answers = await Promise.all(tokens.map((token) => table.execute([claim(pk, { token })])));
    expect(answers.flat().filter(({ Error: error }) => !error)).toHaveLength(1);
  });

  it('settles: eight assignments, a map among them, nothing removed', async () => {
    const pk = await table.put({ ...QUEUED, status: text('running'), token: text('t1') });
    expect(await table.execute([succeed(pk)])).toEqual([ok]);
    expect(await table.read(pk)).toMatchObject({
      status: text('succeeded'),
      result: text('{"it\'s":"ünïcode ? "}'),
      error: { M: { name: text('None') } },
      token: text('t1'),
    });
  });

  it('refuses to settle for another token', async () => {
    const before = { ...QUEUED, status: text('running'), token: text('t2') };
    const pk = await table.put(before);
    expect(await table.execute([succeed(pk)])).toEqual([failed('ConditionalCheckFailed')]);
    expect(await table.read(pk)).toEqual(before);
  });

  it('never creates an item by UPDATE', async () => {
    expect(await table.execute([claim('nobody')])).toEqual([failed('ConditionalCheckFailed')]);
    expect(await table.read('nobody')).toBeUndefined();
  });

  it('inserts, and leaves alone what is there', async () => {
    expect(await table.execute([record('new')])).toEqual([ok]);
    const inserted = { status: text('queued'), dispatch: number(0), tags: { M: { plan: text('pro') } } };
    expect(await table.read('new')).toEqual(inserted);
    const pk = await table.put(QUEUED);
    expect(await table.execute([record(pk)])).toEqual([failed('DuplicateItem')]);
    expect(await table.read(pk)).toEqual(QUEUED);
  });

  it('answers each statement of a batch for itself, in order', async () => {
    const [first, ended, last] = await Promise.all([
      table.put(QUEUED),
      table.put({ ...QUEUED, status: text('dead') }),
      table.put(QUEUED),
    ]);
    const unreadable = { text: 'UPDATE TABLE SETT "a" = ?', parameters: [number(1)] };
    const answers = await table.execute([claim(first), claim(ended), unreadable, claim(last)]);
    expect(answers).toEqual([ok, failed('ConditionalCheckFailed'), failed('ValidationError'), ok]);
    expect(await table.read(last)).toMatchObject({ status: text('running') });
  });

  it('takes 25 statements a call and refuses 26', async () => {
    const batch = (size: number) => Array.from({ length: size }, (_, i) => record(`many-${size}-${i}`));
    expect(await table.execute(batch(25))).toEqual(Array.from({ length: 25 }, () => ok));
    await expect(table.execute(batch(26))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('refuses a call that names a key twice', async () => {
    const pk = await table.put(QUEUED);
    const twice = [claim(pk), claim(pk)];
    await expect(table.execute(twice)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('gives the item after the write with RETURNING ALL NEW', async () => {
    const pk = await table.put(QUEUED);
    const { text: statement, parameters } = claim(pk);
    const [answer] = await table.execute([{ text: `${statement} RETURNING ALL NEW *`, parameters }]);
    expect(answer?.Item).toMatchObject({ status: text('running'), gen: text('g1') });
  });

  it('gives the old item with a failed condition, or none at all', async () => {
    const pk = await table.put(QUEUED);
    const [answer] = await table.execute([claim(pk, { gen: 'g2' })]);
    const expected = DEPARTURES[engine.name]?.oldItem ? expect.objectContaining(QUEUED) : undefined;
    expect(answer?.Error?.Item).toEqual(expected);
  });

  it('gives no item with a duplicate', async () => {
    const pk = await table.put(QUEUED);
    const [answer] = await table.execute([record(pk)]);
    expect(answer?.Error?.Item).toBeUndefined();
  });
});
