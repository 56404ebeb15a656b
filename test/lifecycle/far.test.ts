import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropAsked } from '../../lib/lifecycle/asked.ts';
import { type JobRecord, redispatchWrite, stateItem } from '../../lib/state/index.ts';
import { queuedRecord } from '../conformance/job-writes.ts';
import { failAfter, failBefore, meddle } from '../faults/sdk-faults.ts';
import { streamRecords } from '../worker/history.ts';
import { Lab } from '../worker/lab.ts';
import { Outbox } from '../worker/outbox.ts';
import { catalog } from '../worker/work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const HOUR = 3_600_000;
const QUARTER = 900_000;

async function given() {
  const stand = await lab.stand({ catalog, handlers: { work: () => undefined } });
  const outbox = new Outbox(stand);
  const enqueue = async (delay = HOUR, payload: { n: number; text?: string } = { n: 1 }) =>
    (await stand.client.enqueue('work', payload, { delay, tenant: 'acme' })).id;
  const cancel = (id: string) => stand.client.cancel([id], { by: 'someone' });
  return { stand, outbox, enqueue, cancel, record: (id: string) => stand.record(id) };
}

describe('a far dispatch in the outbox', () => {
  it('stands on a schedule until it is due, then is claimed and runs', async () => {
    const { stand, outbox, enqueue, record } = await given();
    const id = await enqueue();
    await outbox.follow();
    expect(outbox.names).toEqual(['CreateSchedule']);
    expect(await stand.standing()).toHaveLength(1);
    await lab.pass(HOUR - 1_000);
    expect(await stand.messages()).toEqual([]);
    await lab.pass(2_000);
    await stand.invoke();
    expect(await record(id)).toMatchObject({ status: 'succeeded', attempts: 1, dispatch: 0 });
    expect(await record(id)).not.toHaveProperty('out');
    expect(await stand.standing()).toEqual([]);
  });

  it('goes by SQS when its time has come near, or has passed, meanwhile', async () => {
    for (const late of [HOUR - QUARTER, HOUR, 5 * HOUR]) {
      const { stand, outbox, enqueue, record } = await given();
      const id = await enqueue();
      await lab.pass(late);
      await outbox.follow();
      expect(outbox.names).toEqual(['SendMessage']);
      await lab.pass(QUARTER);
      await stand.invoke();
      expect(await record(id)).toMatchObject({ status: 'succeeded', dispatch: 0 });
    }
  });

  it('stands on one schedule however often the stream says so', async () => {
    const { stand, outbox, enqueue, record } = await given();
    const id = await enqueue();
    await outbox.follow();
    await outbox.replay();
    await outbox.replay();
    expect(await stand.standing()).toHaveLength(1);
    await lab.pass(HOUR + 1_000);
    await outbox.replay();
    await stand.drain();
    expect(await record(id)).toMatchObject({ status: 'succeeded', attempts: 1, dispatch: 0 });
  });

  it('refers to a payload that no schedule takes; the worker reads it from the table', async () => {
    const seen: unknown[] = [];
    const handlers = { work: (payload: unknown) => void seen.push(payload) };
    const stand = await lab.stand({ catalog, handlers });
    const outbox = new Outbox(stand);
    const payload = { n: 1, text: 'ä'.repeat(150_000) };
    const { id } = await stand.client.enqueue('work', payload, { delay: HOUR });
    await outbox.follow();
    const [schedule] = await stand.standing();
    const { MessageBody } = JSON.parse(schedule?.Target?.Input ?? '');
    expect(JSON.parse(MessageBody)).toMatchObject({ v: 2, id, dispatch: 0 });
    expect(MessageBody.length).toBeLessThan(1_000);
    await lab.pass(HOUR + 1_000);
    await stand.invoke();
    expect(seen).toEqual([payload]);
    expect((await stand.record(id)).status).toBe('succeeded');
  });
});

describe('EventBridge Scheduler that takes no schedule', () => {
  it.each([
    ['throttled', 'ThrottlingException', 'warn'],
    ['over its quota', 'ServiceQuotaExceededException', 'warn'],
    ['broken', 'InternalServerException', 'warn'],
    ['without the group', 'ResourceNotFoundException', 'error'],
    ['forbidden', 'AccessDeniedException', 'error'],
    ['out of reach', 'TimeoutError', 'error'],
  ])('%s: the message goes by SQS, comes early, and the outbox tries again', async (_, name, level) => {
    const { stand, outbox, enqueue, record } = await given();
    const refusing = meddle(outbox.wire.scheduler, 'CreateScheduleCommand', () =>
      Promise.reject(Object.assign(new Error('no'), { name })),
    );
    const id = await enqueue();
    await outbox.follow();
    expect(outbox.lines).toContainEqual(expect.objectContaining({ level, job_id: id, dispatch: 0 }));
    for (const dispatch of [1, 2]) {
      await lab.pass(QUARTER);
      expect((await stand.invoke()).failures).toEqual([]);
      expect(await record(id)).toMatchObject({ status: 'scheduled', dispatch, out: dispatch, attempts: 0 });
      if (dispatch === 2) refusing.stop();
      await outbox.follow();
    }
    expect(await stand.standing()).toHaveLength(1);
    await lab.pass(HOUR / 2 + 1_000);
    await stand.invoke();
    expect(await record(id)).toMatchObject({ status: 'succeeded', dispatch: 2, attempts: 1 });
  });

  it('holds up no other job', async () => {
    const { stand, outbox, enqueue, record } = await given();
    using _refusing = failBefore(outbox.wire.scheduler, 'CreateScheduleCommand');
    const far = await enqueue();
    const near = await enqueue(60_000);
    await stand.amend(near, { out: 0 });
    expect(await outbox.give(await streamRecords(lab, stand.tableName))).toBeUndefined();
    await lab.pass(60_000);
    await stand.drain();
    expect((await record(near)).status).toBe('succeeded');
    expect((await record(far)).status).toBe('scheduled');
  });

  it('is asked for a bounded number at a time', async () => {
    const { stand, outbox } = await given();
    const entries = Array.from({ length: 60 }, (_, n) => ({
      job: 'work' as const,
      payload: { n },
      options: { delay: '1h' as const },
    }));
    await stand.client.enqueueMany(entries);
    let under = 0;
    let most = 0;
    using _counted = meddle(outbox.wire.scheduler, 'CreateScheduleCommand', async ({ call }) => {
      under += 1;
      most = Math.max(most, under);
      try {
        return await call();
      } finally {
        under -= 1;
      }
    });
    await outbox.follow();
    expect(most).toBeLessThanOrEqual(20);
    expect(outbox.names).toHaveLength(60);
  });

  it('that took one and did not say so: the job runs once', async () => {
    const { stand, outbox, enqueue, record } = await given();
    const id = await enqueue();
    {
      using _lost = failAfter(outbox.wire.scheduler, 'CreateScheduleCommand', 1);
      await outbox.follow();
    }
    expect(outbox.names).toEqual(['CreateSchedule', 'SendMessage']);
    for (let quarters = 0; quarters < 5; quarters += 1) {
      await lab.pass(QUARTER + 500);
      await stand.invoke();
      await outbox.follow();
    }
    await stand.drain();
    expect(await record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });
});

describe('a dispatch that is taken back', () => {
  const image = (change: Partial<JobRecord>) => stateItem({ ...queuedRecord('a'), ...change });
  const change = (before: Partial<JobRecord> | undefined, after: Partial<JobRecord>): DynamoDBRecord => ({
    dynamodb: { NewImage: image(after) as never, ...(before && { OldImage: image(before) as never }) },
  });

  it.each<[string, Partial<JobRecord> | undefined, Partial<JobRecord>, number | undefined]>([
    ['by a write that says so', { dispatch: 3, out: 3 }, { dispatch: 4, drop: 3 }, 3],
    ['again, with another one', { drop: 3 }, { drop: 5 }, 5],
    ['of another put of the id', { gen: 'before', drop: 3 }, { drop: 3 }, 3],
    ['by no later write', { drop: 3 }, { drop: 3, parts: 1 }, undefined],
    ['by nothing', {}, {}, undefined],
  ])('is asked for %s', (_, before, after, dispatch) => {
    const { id, gen } = queuedRecord('a');
    expect(dropAsked(change(before, after))).toEqual(
      dispatch === undefined ? undefined : { id, gen, dispatch },
    );
  });

  it('by a cancel takes its schedule with it', async () => {
    const { stand, outbox, enqueue, cancel, record } = await given();
    const id = await enqueue();
    await outbox.follow();
    await cancel(id);
    expect(await record(id)).toMatchObject({ status: 'cancelled', drop: 0 });
    expect(await record(id)).not.toHaveProperty('out');
    await outbox.follow();
    expect(await stand.standing()).toEqual([]);
    await outbox.replay();
    expect(await stand.standing()).toEqual([]);
  });

  it('before its schedule was made leaves none: a job’s changes are followed in their order', async () => {
    const { stand, outbox, enqueue, cancel } = await given();
    const ids = await Promise.all(Array.from({ length: 5 }, () => enqueue()));
    for (const id of ids) await cancel(id);
    // The creation is slow, the deletion is not.
    using _slow = meddle(outbox.wire.scheduler, 'CreateScheduleCommand', async ({ call }) => {
      for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      return call();
    });
    await outbox.follow();
    expect(outbox.names.sort()).toEqual([
      ...ids.map(() => 'CreateSchedule'),
      ...ids.map(() => 'DeleteSchedule'),
    ]);
    expect(await stand.standing()).toEqual([]);
  });

  it('whose deletion is throttled comes again, and a job’s later changes with it', async () => {
    const { stand, outbox, enqueue, cancel } = await given();
    const id = await enqueue();
    await cancel(id);
    const records = await streamRecords(lab, stand.tableName);
    const refused = meddle(outbox.wire.scheduler, 'DeleteScheduleCommand', () =>
      Promise.reject(Object.assign(new Error('slow down'), { name: 'ThrottlingException' })),
    );
    const again = await outbox.give(records);
    expect(records.map(({ dynamodb }) => dynamodb?.SequenceNumber)).toContain(again);
    refused.stop();
    await outbox.follow();
    expect(await stand.standing()).toEqual([]);
  });

  it('whose schedule may not be deleted fires into nothing, and is said loudly', async () => {
    const { stand, outbox, enqueue, cancel, record } = await given();
    const id = await enqueue();
    await outbox.follow();
    await cancel(id);
    {
      using _refused = meddle(outbox.wire.scheduler, 'DeleteScheduleCommand', () =>
        Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' })),
      );
      await outbox.follow();
    }
    expect(outbox.lines).toContainEqual(expect.objectContaining({ level: 'error', job_id: id }));
    await lab.pass(HOUR + 1_000);
    const { received, failures } = await stand.invoke();
    expect({ received: received.length, failures }).toEqual({ received: 1, failures: [] });
    expect(await record(id)).toMatchObject({ status: 'cancelled', attempts: 0 });
  });

  it('and redriven runs at once, and not again when the schedule would have fired', async () => {
    const { stand, outbox, enqueue, cancel, record } = await given();
    const id = await enqueue();
    await outbox.follow();
    await cancel(id);
    await stand.client.redrive([id], { by: 'someone' });
    expect(await record(id)).toMatchObject({ status: 'queued', dispatch: 1, out: 1 });
    expect(await record(id)).not.toHaveProperty('drop');
    await outbox.follow();
    expect(await stand.standing()).toEqual([]);
    await stand.invoke();
    expect(await record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
    await lab.pass(HOUR + 1_000);
    expect(await stand.messages()).toEqual([]);
  });

  it('by the next dispatch takes its schedule with it, and leaves that of the next', async () => {
    const { stand, outbox, enqueue, record } = await given();
    const id = await enqueue();
    await outbox.follow();
    const before = await stand.standing();
    await stand.table.update(redispatchWrite(await record(id), { now: lab.clock.now(), hops: 1 }));
    expect(await record(id)).toMatchObject({ dispatch: 1, out: 1, drop: 0 });
    await outbox.follow();
    const after = await stand.standing();
    expect(after).toHaveLength(1);
    expect(after[0]?.Name).not.toBe(before[0]?.Name);
    await lab.pass(HOUR + 1_000);
    await stand.invoke();
    expect(await record(id)).toMatchObject({ status: 'succeeded', dispatch: 1 });
  });

  it('when it is due has no schedule any more: nothing is asked for', async () => {
    const { stand, outbox, enqueue, cancel, record } = await given();
    const id = await enqueue();
    await outbox.follow();
    await lab.pass(HOUR + 1_000);
    await cancel(id);
    expect(await record(id)).not.toHaveProperty('drop');
    await stand.drain();
    expect((await record(id)).status).toBe('cancelled');
  });
});
