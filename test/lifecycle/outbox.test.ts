import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispatchAsked } from '../../lib/lifecycle/asked.ts';
import { type JobRecord, markWrite, redispatchWrite, stateItem } from '../../lib/state/index.ts';
import { queuedRecord } from '../conformance/job-writes.ts';
import { failBefore, meddle } from '../faults/sdk-faults.ts';
import { streamRecords } from '../worker/history.ts';
import { Lab } from '../worker/lab.ts';
import { System } from './system.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

type Images = readonly [before: Partial<JobRecord> | undefined, after: Partial<JobRecord> | undefined];

describe('the outbox is asked to send', () => {
  const image = (change: Partial<JobRecord>) => stateItem({ ...queuedRecord('a'), ...change });
  const change = ([before, after]: Images): DynamoDBRecord => ({
    dynamodb: {
      ...(before && { OldImage: image(before) as never }),
      ...(after && { NewImage: image(after) as never }),
    },
  });

  it.each<[string, Images]>([
    ['a record born in it', [undefined, { out: 0 }]],
    ['a record that was marked', [{}, { out: 0 }]],
    ['the next dispatch', [{ dispatch: 3 }, { dispatch: 4, out: 4 }]],
    [
      'the next dispatch of one that was in it',
      [
        { dispatch: 3, out: 3 },
        { dispatch: 4, out: 4 },
      ],
    ],
    [
      'an ended job, redriven',
      [
        { status: 'dead', dispatch: 3 },
        { status: 'queued', dispatch: 4, out: 4 },
      ],
    ],
  ])('by %s', (_, images) => {
    expect(dispatchAsked(change(images))).toMatchObject(images[1] ?? {});
  });

  it.each<[string, Images]>([
    ['a record that is not in it', [undefined, {}]],
    ['a change of a record that is in it already', [{ out: 0 }, { out: 0, parts: 1 }]],
    ['a claim, which takes it out', [{ out: 0 }, { status: 'running' }]],
    ['an out of an earlier dispatch', [{ dispatch: 3 }, { dispatch: 4, out: 3 }]],
    ['a deleted record', [{ out: 0 }, undefined]],
  ])('not by %s', (_, images) => {
    expect(dispatchAsked(change(images))).toBeUndefined();
  });
});

/** A job whose message was never sent: the client's send failed. */
async function unsent(system: System, payload: { n: number; text?: string } = { n: 1 }, delay = 0) {
  const { wire } = lab;
  using _refused = failBefore(wire.sqs, 'SendMessageCommand');
  const options = { tenant: 'acme', correlationId: 'c-1', ...(delay > 0 && { delay }) };
  return (await system.stand.client.enqueue('work', payload, options)).id;
}

describe('the lifecycle function', () => {
  it('sends what a client could not, once, and nothing for the rest of the job’s life', async () => {
    const system = await System.of(lab);
    const id = await unsent(system);
    expect(await system.followNew()).toEqual([]);
    expect(system.sent).toBe(1);
    expect(system.lines).toMatchObject([
      { job_id: id, job_type: 'work', tenant: 'acme', correlation_id: 'c-1' },
    ]);
    await system.stand.drain();
    expect(await system.stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1, dispatch: 0 });
    expect((await system.stand.record(id)).out).toBeUndefined();
    await system.followNew();
    expect(system.sent).toBe(1);
  });

  it('rebuilds the message from the record, delay and message group too', async () => {
    const system = await System.of(lab);
    const id = await unsent(system, { n: 7 }, 60_000);
    await system.follow();
    const [sent] = system.wire.calls.filter(({ name }) => name === 'SendMessage');
    expect(sent?.input).toMatchObject({ MessageGroupId: 'acme', DelaySeconds: 60 });
    lab.clock.advance(60_000);
    const record = await system.stand.record(id);
    const [message] = await system.stand.messages();
    expect(message?.envelope).toMatchObject({
      ...{
        id,
        gen: record.gen,
        dispatch: 0,
        attempts: 0,
        runAt: record.runAt,
        enqueuedAt: record.enqueuedAt,
      },
      ...{ type: 'work', version: 1, pool: 'default', priority: 'normal', tenant: 'acme', payload: { n: 7 } },
    });
  });

  it('takes a large payload from the item of its own', async () => {
    const system = await System.of(lab);
    const text = 'x'.repeat(20_000);
    const id = await unsent(system, { n: 1, text });
    expect(await system.stand.record(id)).not.toHaveProperty('payload');
    await system.follow();
    const [message] = await system.stand.messages();
    expect(message?.envelope.payload).toEqual({ n: 1, text });
  });

  it('sends each later dispatch by its number', async () => {
    const system = await System.of(lab);
    const id = await unsent(system);
    for (const hops of [1, 2]) {
      const record = await system.stand.record(id);
      await system.stand.table.update(redispatchWrite(record, { now: lab.clock.now(), hops }));
    }
    await system.follow();
    const numbers = (await system.stand.messages()).map(({ envelope }) => envelope.dispatch);
    expect(numbers.sort()).toEqual([0, 1, 2]);
  });

  it('sends a copy when the stream hands it the same record again; the job runs once', async () => {
    const system = await System.of(lab);
    const id = await unsent(system);
    await system.follow();
    await system.follow();
    expect(system.sent).toBe(2);
    await system.stand.drain();
    expect(await system.stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('names the first record that it could not follow, and follows the others', async () => {
    const system = await System.of(lab);
    const ids = [await unsent(system), await unsent(system), await unsent(system)];
    const records = (await streamRecords(lab, system.stand.tableName)).filter(dispatchAsked);
    expect(records).toHaveLength(3);
    const refusing = meddle(system.wire.sqs, 'SendMessageCommand', ({ input, call }) =>
      String(Object(input)['MessageBody']).includes(ids[0] ?? '') ? call() : Promise.reject(new Error('no')),
    );
    expect(await system.follow(records)).toEqual([records[1]?.dynamodb?.SequenceNumber]);
    expect(system.lines).toContainEqual(expect.objectContaining({ level: 'error' }));
    refusing.stop();
    expect(await system.follow(records.slice(1))).toEqual([]);
    await system.stand.drain();
    for (const id of ids) expect((await system.stand.record(id)).status).toBe('succeeded');
  });

  it('sends nothing for a job that was deleted since, and says so', async () => {
    const system = await System.of(lab);
    const id = await unsent(system, { n: 1, text: 'x'.repeat(20_000) });
    for (const { pk, sk } of [
      ...(await system.stand.parts(id)),
      { pk: { S: `job#${id}` }, sk: { S: 'state' } },
    ]) {
      const Key = { pk, sk } as { pk: { S: string }; sk: { S: string } };
      await lab.wire.dynamodb.send(new DeleteItemCommand({ TableName: system.stand.tableName, Key }));
    }
    expect(await system.follow()).toEqual([]);
    expect(system.sent).toBe(0);
    expect(system.lines).toContainEqual(expect.objectContaining({ level: 'error', job_id: id }));
  });

  it('leaves a mark alone that came too late: the job was claimed', async () => {
    const system = await System.of(lab);
    const { id } = await system.stand.client.enqueue('work', { n: 1 });
    await system.stand.drain();
    const record = await system.stand.record(id);
    expect((await system.stand.table.update(markWrite(record, 'queued', { now: lab.clock.now() }))).ok).toBe(
      false,
    );
    await system.follow();
    expect(system.sent).toBe(0);
  });
});
