import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import * as state from '../../lib/state/index.ts';
import {
  DeadIndex,
  type JobRecord,
  JobTable,
  readRecord,
  stateItem,
  type Write,
} from '../../lib/state/index.ts';
import { queuedRecord, WRITE_CASES, type WriteCase } from './job-writes.ts';
import { ScratchTable } from './scratch-table.ts';

// Every write of lib/state on every engine, as UpdateItem and, where it can be one, as a statement of a batch.

/** A batch of one is not sent as a batch, so each case goes in pairs. */
const PAIR = [0, 1];

function asStatement({ before, write }: WriteCase): boolean {
  const { remove, add } = write({ ...queuedRecord('any'), ...before });
  return remove.length <= 1 && Object.keys(add).length === 0;
}

it('has a case for every write that lib/state exports', () => {
  const writes = Object.keys(state).filter((name) => name.endsWith('Write'));
  const tried = new Set(WRITE_CASES.map(({ name }) => name.split(' ')[0]));
  expect([...tried].sort()).toEqual(writes.sort());
});

describe.each(inject('engines'))('the job table on $name', (engine) => {
  let scratch: ScratchTable;
  let table: JobTable;
  beforeAll(async () => {
    scratch = await ScratchTable.create(engine);
    table = new JobTable({ client: scratch.client, tableName: scratch.name });
    return () => scratch[Symbol.asyncDispose]();
  });

  async function put(change: Partial<JobRecord>): Promise<JobRecord> {
    const record = { ...queuedRecord(randomUUID()), ...change };
    await scratch.client.send(new PutItemCommand({ TableName: scratch.name, Item: stateItem(record) }));
    return record;
  }

  /** What the record should be after the write, by the write's own words. */
  function after(record: JobRecord, { set, add, remove }: Write): JobRecord {
    const next: Record<string, unknown> = { ...record };
    for (const [name, value] of Object.entries(set)) if (value !== undefined) next[name] = value;
    for (const [name, by] of Object.entries(add)) next[name] = Number(next[name]) + by;
    for (const name of remove) delete next[name];
    return readRecord(stateItem(next as unknown as JobRecord));
  }

  describe.each(WRITE_CASES)('$name', ({ before, write }) => {
    it('applies as UpdateItem and answers with the record after it', async () => {
      const record = await put(before);
      const update = write(record);
      expect(await table.update(update)).toEqual({ ok: true, record: after(record, update) });
    });

    it('is refused for another generation and answers with the record as it is', async () => {
      const record = await put({ ...before, gen: 'gen-2' });
      const result = await table.update(write({ ...record, gen: 'gen-1' }));
      expect(result).toEqual({ ok: false, old: record });
    });

    it('is refused where there is no record', async () => {
      const update = write({ ...queuedRecord(randomUUID()), ...before });
      expect(await table.update(update)).toEqual({ ok: false, old: undefined });
      expect(await table.get(update.id)).toBeUndefined();
    });
  });

  describe.each(WRITE_CASES.filter(asStatement))('$name in a batch', ({ before, write }) => {
    it('applies', async () => {
      const records = await Promise.all(PAIR.map(() => put(before)));
      const writes = records.map(write);
      expect(await table.updateMany(writes)).toEqual(['written', 'written']);
      for (const [i, record] of records.entries()) {
        expect(await table.get(record.id)).toEqual(after(record, writes[i] as Write));
      }
    });

    it('is refused one by one, and changes nothing where it is', async () => {
      const fits = await put(before);
      const refused = await put({ ...before, gen: 'gen-2' });
      const writes = [write({ ...refused, gen: 'gen-1' }), write(fits)];
      expect(await table.updateMany(writes)).toEqual(['failed', 'written']);
      expect(await table.get(refused.id)).toEqual(refused);
    });
  });

  it('creates many, knows its own and meets what was there', async () => {
    const [fresh, taken, own] = await Promise.all([queuedRecord(randomUUID()), put({}), put({})]);
    const records = [fresh, { ...taken, gen: 'gen-2' }, own].map((record) => ({ record }));
    const results = await table.createMany(records, fresh.enqueuedAt);
    expect(results.map((each) => (each.status === 'fulfilled' ? each.value : each.reason))).toEqual([
      { created: true },
      { created: false, existing: taken },
      { created: true },
    ]);
    expect(await table.get(fresh.id)).toEqual(fresh);
  });

  it('creates in the place of a record past its expiry', async () => {
    const expired = await put({ status: 'succeeded', expiresAt: 1 });
    const record = { ...queuedRecord(expired.id), gen: 'gen-2' };
    expect(await table.create({ record }, record.enqueuedAt)).toEqual({ created: true });
    expect(await table.get(record.id)).toEqual(record);
  });

  it('lists the dead alone, newest first', async () => {
    await put({});
    const older = await put({ status: 'dead', deadShard: 'dead#3', deadAt: 1 });
    const newer = await put({ status: 'dead', deadShard: 'dead#5', deadAt: 2 });
    const index = new DeadIndex({ client: scratch.client, tableName: scratch.name });
    const isOurs = ({ deadAt }: { deadAt?: { N?: string } }) => Number(deadAt?.N) <= 2;
    const { items } = await index.page({ kind: 'dead', limit: 10, keep: (item) => isOurs(item) });
    expect(items.map((item) => readRecord(item).id)).toEqual([newer.id, older.id]);
  });
});
