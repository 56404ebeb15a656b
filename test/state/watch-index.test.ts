import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDED, type Status } from '../../lib/contract/index.ts';
import {
  claimWrite,
  type JobRecord,
  stateItem,
  succeedWrite,
  toUpdate,
  WatchIndex,
  type Write,
  watchedUntil,
} from '../../lib/state/index.ts';
import { queuedRecord, WRITE_CASES } from '../conformance/job-writes.ts';
import { Scratch } from './scratch.ts';

let scratch: Scratch;
let client: DynamoDBClient;
beforeAll(async () => {
  scratch = await Scratch.start();
  client = scratch.scratch.client;
});
afterAll(() => scratch[Symbol.asyncDispose]());

const { runAt: NOW } = queuedRecord('any');

async function due(now: number, page = 100): Promise<string[]> {
  const index = new WatchIndex({ client, tableName: scratch.scratch.name });
  const ids: string[] = [];
  for await (const found of index.due({ now, page })) ids.push(...found);
  return ids;
}

async function watched(deadline: number, change: Partial<JobRecord> = {}): Promise<JobRecord> {
  const { id } = await scratch.put();
  const record = { ...queuedRecord(id), deadline, ...watchedUntil(id, deadline), ...change };
  await client.send(new PutItemCommand({ TableName: scratch.scratch.name, Item: stateItem(record) }));
  return record;
}

describe('the index of watched jobs', () => {
  it('holds nothing of a job that has no deadline', () => {
    expect(watchedUntil('a', undefined)).toBeUndefined();
  });

  it('gives those that are due by now, each once, whatever the page', async () => {
    // Deadlines that no other test of this file has: all of them are due before.
    const at = NOW - 1_000_000;
    const records = await Promise.all(Array.from({ length: 40 }, (_, n) => watched(at + (n % 4))));
    const ids = (until: number) =>
      records
        .filter(({ deadline = 0 }) => deadline <= until)
        .map(({ id }) => id)
        .sort();
    for (const page of [1, 3, 100]) expect((await due(at + 2, page)).sort()).toEqual(ids(at + 2));
    expect(await due(at - 1)).toEqual([]);
    expect(new Set(records.map(({ watchShard }) => watchShard)).size).toBeGreaterThan(3);
  });

  const endings = WRITE_CASES.flatMap((one) => {
    const record = { ...queuedRecord('a'), ...one.before };
    const to = one.write(record).set['status'] as Status;
    return ENDED.some((status) => status === to) ? [one] : [];
  });

  it.each(endings)('lets go of a job that ends: $name', async ({ before, write }) => {
    const deadline = before.deadline ?? NOW + 1;
    const record = await watched(deadline, before);
    expect(await due(deadline)).toContain(record.id);
    expect((await scratch.table.update(write(record))).ok).toBe(true);
    expect(await due(Number.MAX_SAFE_INTEGER)).not.toContain(record.id);
  });

  it.each(WRITE_CASES.filter((one) => !endings.includes(one) && one.name !== 'redriveWrite'))(
    'keeps a job that goes on: $name',
    async ({ before, write }) => {
      const record = await watched(NOW + 1, before);
      expect((await scratch.table.update(write(record))).ok).toBe(true);
      expect(await due(NOW + 1)).toContain(record.id);
    },
  );

  it.each([
    ['takes a redriven job back where its deadline is ahead', NOW + 1, true],
    ['has nothing of a redriven job whose deadline has passed', NOW, false],
  ])('%s', async (_, deadline, kept) => {
    const { before, write } = WRITE_CASES.find(({ name }) => name === 'redriveWrite') ?? {};
    const record = await scratch.put({ ...before, deadline, watchAt: deadline });
    expect((await scratch.table.update(write?.(record) as Write)).ok).toBe(true);
    expect((await due(deadline)).includes(record.id)).toBe(kept);
    const after = await scratch.table.get(record.id);
    expect([after?.deadline, after?.watchAt]).toEqual(kept ? [deadline, deadline] : [undefined, undefined]);
  });
});

describe('write units of a job, from its put to its success', () => {
  async function unitsOf(deadline: number | undefined): Promise<(number | undefined)[]> {
    const TableName = scratch.scratch.name;
    const counted = { ReturnConsumedCapacity: 'TOTAL' } as const;
    const id = randomUUID();
    const record = { ...queuedRecord(id), deadline, ...watchedUntil(id, deadline) };
    const put = await client.send(new PutItemCommand({ TableName, Item: stateItem(record), ...counted }));
    const message = { id, gen: record.gen, dispatch: 0, nonce: 'n' };
    const claim = { message, token: 't', now: NOW, leaseUntil: NOW + 1, lapseLimit: 3 };
    const held = { message, token: 't', attempts: 0, unsettled: 1 };
    const units = [put.ConsumedCapacity?.CapacityUnits];
    const ending = { now: NOW + 1, retention: 1_000, result: undefined };
    for (const write of [claimWrite(claim), succeedWrite(held, ending)]) {
      const input = { ...toUpdate(TableName, write), ...counted };
      const { ConsumedCapacity } = await client.send(new UpdateItemCommand(input));
      units.push(ConsumedCapacity?.CapacityUnits);
    }
    return units;
  }

  it('are three where it has no deadline: removing what is not there costs nothing', async () => {
    expect(await unitsOf(undefined)).toEqual([1, 1, 1]);
  });

  it('are two more where it has one: into the index, and out of it', async () => {
    expect(await unitsOf(NOW + 60_000)).toEqual([2, 1, 2]);
  });
});
