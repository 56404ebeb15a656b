import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ResourceMismatchError, ResourceMissingError } from '../../lib/contract/index.ts';
import { localCredentials } from '../../lib/local/engines/index.ts';
import {
  cancelWrite,
  claimWrite,
  type JobRecord,
  JobTable,
  redriveWrite,
  type Write,
} from '../../lib/state/index.ts';
import { queuedRecord } from '../conformance/job-writes.ts';
import { failAfter, failBefore, meddle } from '../faults/sdk-faults.ts';
import { Scratch } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await Scratch.start();
});
afterAll(() => scratch[Symbol.asyncDispose]());

/** A table client of its own, for faults; it tries each call three times, as the SDK does by default. */
let client: DynamoDBClient;
let table: JobTable;
beforeEach(async () => {
  const endpoint = await scratch.scratch.client.config.endpoint?.();
  const { protocol, hostname, port } = endpoint ?? { protocol: '', hostname: '', port: 0 };
  client = new DynamoDBClient({
    endpoint: `${protocol}//${hostname}:${port}`,
    region: 'us-east-1',
    credentials: localCredentials,
  });
  table = new JobTable({ client, tableName: scratch.scratch.name });
  return () => client.destroy();
});

let ids = 0;
function fresh(change: Partial<JobRecord> = {}): JobRecord {
  ids += 1;
  return { ...queuedRecord(`job-${ids}`), gen: `gen-${ids}`, ...change };
}

const now = queuedRecord('any').enqueuedAt;
const large = '"'.concat('x'.repeat(5_000), '"');
/** A record whose payload has an item of its own. */
const apart = () => fresh({ payload: undefined, parts: 1 });
const created = (results: PromiseSettledResult<{ created: boolean }>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? result.value.created : result.reason));

describe('creating a record', () => {
  it('puts it and its payload, the record first', async () => {
    const record = apart();
    using puts = meddle(client, 'PutItemCommand', ({ nth, call }) =>
      nth === 2 ? Promise.reject(new Error('the process died')) : call(),
    );
    await expect(table.create({ record, payload: large }, now)).rejects.toThrow('the process died');
    expect(await table.get(record.id)).toEqual(JSON.parse(JSON.stringify(record)));
    expect(await table.payloadOf(record)).toBeUndefined();
    puts.stop();
    await table.putPayload(record, large);
    expect(await table.payloadOf(record)).toBe(large);
  });

  it('puts a payload where there is none, and leaves the one that there is', async () => {
    const record = apart();
    await table.putPayload(record, '{"patched":true}');
    await table.putPayload(record, large);
    expect(await table.payloadOf(record)).toBe('{"patched":true}');
  });

  it('meets the record that is there, whole', async () => {
    const record = fresh();
    await table.create({ record }, now);
    const again = await table.create({ record: { ...record, gen: 'gen-b' } }, now);
    expect(again).toEqual({ created: false, existing: record });
  });

  it('knows its own put when the answer was lost, and goes on to the payload', async () => {
    const record = apart();
    using lost = failAfter(client, 'PutItemCommand', 1);
    expect(await table.create({ record, payload: large }, now)).toEqual({ created: true });
    expect(lost.tries).toBe(3);
    expect(await table.payloadOf(record)).toBe(large);
  });

  it('takes the place of a record past its expiry, to the second', async () => {
    const old = await scratch.put({ status: 'succeeded', expiresAt: now / 1000 });
    const record = fresh({ id: old.id });
    expect(await table.create({ record }, now - 1)).toEqual({ created: false, existing: old });
    expect(await table.create({ record }, now)).toEqual({ created: true });
    expect(await table.get(old.id)).toEqual(record);
  });

  it('marks the record that took the place of one with items beside it', async () => {
    const old = await scratch.put({ status: 'dead', expiresAt: 1, parts: 1 });
    const record = fresh({ id: old.id });
    await table.create({ record }, now);
    expect(await table.get(old.id)).toEqual({ ...record, parts: 1 });
  });
});

describe('creating many', () => {
  it('uses one request for 25, and none of their own for those that are new', async () => {
    const records = Array.from({ length: 30 }, () => ({ record: fresh() }));
    using batches = meddle(client, 'BatchExecuteStatementCommand', ({ call }) => call());
    using puts = meddle(client, 'PutItemCommand', ({ call }) => call());
    expect(created(await table.createMany(records, now))).toEqual(records.map(() => true));
    expect([batches.tries, puts.tries]).toEqual([2, 0]);
  });

  it('knows all of them when the answer was lost', async () => {
    const records = Array.from({ length: 3 }, () => ({ record: fresh() }));
    using _lost = failAfter(client, 'BatchExecuteStatementCommand', 1);
    expect(created(await table.createMany(records, now))).toEqual([true, true, true]);
  });

  it('has a result for each: new, there before, expired, with a payload apart', async () => {
    const [there, expired] = await Promise.all([scratch.put(), scratch.put({ expiresAt: 1 })]);
    const records = [
      { record: fresh() },
      { record: { ...there, gen: 'gen-b' } },
      { record: fresh({ id: expired.id }) },
      { record: apart(), payload: large },
    ];
    expect(created(await table.createMany(records, now))).toEqual([true, false, true, true]);
    expect(await table.payloadOf(records[3]?.record as JobRecord)).toBe(large);
  });
});

describe('a write whose answer was lost', () => {
  const claim = ({ id, gen, dispatch }: JobRecord): Write => {
    const message = { id, gen, dispatch, nonce: 'n' };
    return claimWrite({ message, token: 'mine', now, leaseUntil: now + 1, lapseLimit: 3 });
  };

  it('shows itself in the record that the second try meets', async () => {
    const record = await scratch.put();
    using _lost = failAfter(client, 'UpdateItemCommand', 1);
    const result = await table.update(claim(record));
    expect(result).toMatchObject({ ok: false, old: { status: 'running', token: 'mine', unsettled: 1 } });
  });

  it('is one write where an item goes with it', async () => {
    const dead = await scratch.put({ status: 'dead', expiresAt: 9 });
    const note = { pk: { S: `job#${dead.id}` }, sk: { S: 'event#1' } };
    using lost = failAfter(client, 'TransactWriteItemsCommand', 1);
    const result = await table.updateWith({ write: redriveWrite(dead, { now }), item: note });
    expect(lost.tries).toBe(2);
    expect([
      { ok: true },
      { ok: false, old: expect.objectContaining({ status: 'queued', dispatch: 1 }) },
    ]).toContainEqual(result);
    expect(await table.itemsOf(dead.id, 'event#')).toEqual([note]);
    expect((await table.get(dead.id))?.dispatch).toBe(1);
  });

  it('is unknown in a batch that failed as a whole', async () => {
    const records = await Promise.all([scratch.put(), scratch.put()]);
    const writes = records.map((record) => ({ ...claim(record), add: {} }));
    using _refused = failBefore(client, 'BatchExecuteStatementCommand');
    expect(await table.updateMany(writes)).toEqual(['unknown', 'unknown']);
  });

  it('is unknown in a batch that would name a job twice: a key twice fails all of it', async () => {
    const record = await scratch.put();
    const write = { ...claim(record), add: {} };
    using batches = meddle(client, 'BatchExecuteStatementCommand', ({ call }) => call());
    expect(await table.updateMany([write, write])).toEqual(['unknown', 'unknown']);
    expect(batches.tries).toBe(0);
  });
});

describe('a write that meets a transaction under way', () => {
  /** As DynamoDB says it of a single write, and of a transaction. */
  const conflict = () => new TransactionConflictException({ message: 'ongoing', $metadata: {} });
  const canceled = (...codes: string[]) =>
    new TransactionCanceledException({
      message: 'Transaction cancelled',
      $metadata: {},
      CancellationReasons: codes.map((Code) => ({ Code })),
    });
  const refuse = (command: string, times: number, error: () => Error) =>
    meddle(client, command, ({ nth, call }) => (nth <= times ? Promise.reject(error()) : call()));
  const expire = (record: JobRecord) => cancelWrite(record, { now, retention: 1_000 });
  const item = { pk: { S: 'job#x' }, sk: { S: 'event#1' } };

  it('is tried again, and applied', async () => {
    const [one, two, three] = await Promise.all([scratch.put(), scratch.put(), fresh()]);
    using _update = refuse('UpdateItemCommand', 2, conflict);
    using _put = refuse('PutItemCommand', 2, conflict);
    using _transaction = refuse('TransactWriteItemsCommand', 2, () =>
      canceled('TransactionConflict', 'None'),
    );
    expect(await table.update(expire(one))).toMatchObject({ ok: true, record: { status: 'cancelled' } });
    expect(await table.updateWith({ write: expire(two), item })).toEqual({ ok: true });
    expect(await table.create({ record: three }, now)).toEqual({ created: true });
  });

  it('is decided by what the other one left', async () => {
    const record = await scratch.put();
    const beaten = (command: string) =>
      meddle(client, command, async ({ nth, call }) => {
        if (nth > 1) return call();
        await scratch.table.update(expire(record));
        throw command === 'UpdateItemCommand' ? conflict() : canceled('TransactionConflict', 'None');
      });
    const met = { ok: false, old: { status: 'cancelled' } };
    using _update = beaten('UpdateItemCommand');
    expect(await table.update(expire(record))).toMatchObject(met);
    using _transaction = beaten('TransactWriteItemsCommand');
    expect(await table.updateWith({ write: expire(record), item })).toMatchObject(met);
  });

  it('is given up where that goes on', async () => {
    const record = await scratch.put();
    using updates = refuse('UpdateItemCommand', 9, conflict);
    await expect(table.update(expire(record))).rejects.toBeInstanceOf(TransactionConflictException);
    expect(updates.tries).toBe(3);
  });

  it('is not tried again where the transaction failed for another reason', async () => {
    const record = await scratch.put();
    using tries = refuse('TransactWriteItemsCommand', 9, () => canceled('ValidationError', 'None'));
    await expect(table.updateWith({ write: expire(record), item })).rejects.toThrow('cancelled');
    expect(tries.tries).toBe(1);
  });
});

describe('a table that is not ours', () => {
  it('is missing', async () => {
    const missing = new JobTable({ client, tableName: 'Elsewhere' });
    await expect(missing.get('a')).rejects.toThrow(ResourceMissingError);
    await expect(missing.create({ record: fresh() }, now)).rejects.toThrow(ResourceMissingError);
  });

  it('has other keys', async () => {
    const tableName = 'Other';
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    );
    const other = new JobTable({ client, tableName });
    await expect(other.get('a')).rejects.toThrow(ResourceMismatchError);
    await client.send(new DeleteTableCommand({ TableName: tableName }));
  });
});
