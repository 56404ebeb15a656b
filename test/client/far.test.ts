import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../lib/contract/index.ts';
import { failAfter, failBefore } from '../faults/sdk-faults.ts';
import { Lab } from '../worker/lab.ts';
import { Outbox } from '../worker/outbox.ts';
import { catalog } from '../worker/work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const HOUR = 3_600_000;
/** More than a record's first kilobyte. */
const LARGE = { n: 1, text: 'x'.repeat(2_000) };

async function given() {
  const stand = await lab.stand({ catalog, handlers: { work: () => undefined } });
  return { stand, client: stand.client, record: (id: string) => stand.record(id) };
}

describe('a job that is over 15 minutes away', () => {
  it('is born in the outbox, in one write, and not sent', async () => {
    const { client, record } = await given();
    const before = lab.wire.calls.length;
    const { id } = await client.enqueue('work', { n: 1 }, { delay: LIMITS.sqsDelay + 1 });
    expect(lab.wire.names.slice(before)).toEqual(['PutItem']);
    const runAt = lab.clock.now() + LIMITS.sqsDelay + 1;
    expect(await record(id)).toMatchObject({ status: 'scheduled', dispatch: 0, out: 0, runAt });
  });

  it('is sent as a message up to then', async () => {
    const { client, record } = await given();
    const before = lab.wire.calls.length;
    const { id } = await client.enqueue('work', { n: 1 }, { delay: LIMITS.sqsDelay });
    expect(lab.wire.names.slice(before)).toEqual(['PutItem', 'SendMessage']);
    expect(await record(id)).not.toHaveProperty('out');
  });

  it.each<[string, () => Date | number | `${number}-${number}-${number}T${string}`]>([
    ['a Date', () => new Date(lab.clock.now() + HOUR)],
    ['milliseconds', () => lab.clock.now() + HOUR],
    [
      'ISO 8601',
      () => new Date(lab.clock.now() + HOUR).toISOString() as `${number}-${number}-${number}T${string}`,
    ],
  ])('may be given as %s', async (_, runAt) => {
    const { client, record } = await given();
    const { id } = await client.enqueue('work', { n: 1 }, { runAt: runAt() });
    expect(await record(id)).toMatchObject({ status: 'scheduled', runAt: lab.clock.now() + HOUR, out: 0 });
  });

  it('may be ten years away, and no more', async () => {
    const { client, record } = await given();
    const { id } = await client.enqueue('work', { n: 1 }, { delay: '3653d' });
    expect((await record(id)).runAt).toBe(lab.clock.now() + LIMITS.maxDelay);
    const runAt = lab.clock.now() + LIMITS.maxDelay + 1;
    await expect(client.enqueue('work', { n: 1 }, { runAt })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      context: { option: 'runAt' },
    });
  });

  it('runs at once when its time has passed', async () => {
    const { client, record, stand } = await given();
    const { id } = await client.enqueue('work', { n: 1 }, { runAt: lab.clock.now() - HOUR });
    expect(await record(id)).toMatchObject({ status: 'queued', runAt: lab.clock.now() });
    await stand.invoke();
    expect((await record(id)).status).toBe('succeeded');
  });

  it('has its payload stored before it is in the outbox, where that has an item of its own', async () => {
    const { client, record, stand } = await given();
    const before = lab.wire.calls.length;
    const { id } = await client.enqueue('work', LARGE, { delay: '1h' });
    expect(lab.wire.names.slice(before)).toEqual(['PutItem', 'PutItem', 'UpdateItem']);
    expect(await record(id)).toMatchObject({ status: 'scheduled', out: 0, parts: 1 });
    expect(await stand.table.payloadOf(await record(id))).toBe(JSON.stringify(LARGE));
  });

  it('goes through enqueueMany beside others', async () => {
    const { client, record, stand } = await given();
    const results = await client.enqueueMany([
      { job: 'work', payload: { n: 1 }, options: { delay: '1h' } },
      { job: 'work', payload: { n: 2 } },
      { job: 'work', payload: LARGE, options: { runAt: lab.clock.now() + HOUR } },
    ]);
    const ids = results.map((result) => (result.ok ? result.job.id : ''));
    expect(await Promise.all(ids.map(async (id) => (await record(id)).out))).toEqual([0, undefined, 0]);
    expect((await stand.messages()).map(({ envelope }) => envelope.id)).toEqual([ids[1]]);
  });
});

describe('an enqueue far away that dies', () => {
  /** What each step of it may have left, and what the same enqueue then finds. */
  it.each([
    ['before its record', { command: 'PutItemCommand', nth: 1, applied: false }],
    ['after its record', { command: 'PutItemCommand', nth: 1, applied: true }],
    ['before its payload', { command: 'PutItemCommand', nth: 2, applied: false }],
    ['after its payload', { command: 'PutItemCommand', nth: 2, applied: true }],
    ['before its mark', { command: 'UpdateItemCommand', nth: 1, applied: false }],
    ['after its mark', { command: 'UpdateItemCommand', nth: 1, applied: true }],
  ])('%s is made good by the next one of its key', async (_, { command, nth, applied }) => {
    const { client, record, stand } = await given();
    const options = { delay: '1h', idempotencyKey: 'far' } as const;
    const fault = applied ? failAfter : failBefore;
    const outbox = new Outbox(stand);
    {
      using _struck = fault(lab.wire.dynamodb, command, nth);
      // A put whose answer was lost knows its own record.
      const first = client.enqueue('work', LARGE, options);
      if (applied && nth === 1 && command === 'PutItemCommand') await first.catch(() => undefined);
      else await expect(first).rejects.toMatchObject({ code: 'ENQUEUE_FAILED', retryable: true });
    }
    // The lifecycle function may have looked at what was left by then.
    await outbox.follow();
    const { id } = await client.enqueue('work', LARGE, options);
    expect(await record(id)).toMatchObject({ status: 'scheduled' });
    await outbox.follow();
    expect(await stand.standing()).toHaveLength(1);
    await lab.pass(HOUR + 1_000);
    await stand.invoke();
    expect(await record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('leaves nothing to make good where its payload stands in the record', async () => {
    const { client, record, stand } = await given();
    const options = { delay: '1h', idempotencyKey: 'far' } as const;
    {
      using _struck = failAfter(lab.wire.dynamodb, 'PutItemCommand', 1);
      await client.enqueue('work', { n: 1 }, options).catch(() => undefined);
    }
    const before = lab.wire.calls.length;
    const { id, deduplicated } = await client.enqueue('work', { n: 1 }, options);
    expect({ deduplicated, calls: lab.wire.names.slice(before) }).toEqual({
      deduplicated: true,
      calls: ['PutItem'],
    });
    expect(await record(id)).toMatchObject({ out: 0, dispatch: 0 });
    expect(await stand.messages()).toEqual([]);
  });
});
