import type { BatchExecuteStatementCommandOutput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fail, Snooze } from '../../lib/contract/index.ts';
import { LOG_LINES } from '../../lib/observe/index.ts';
import { type Fault, failAfter, failBefore, meddle, throttle } from '../faults/sdk-faults.ts';
import { Lab } from './lab.ts';
import { catalog, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** By outcome: what the handler does the first time, and what the record shows then. */
const FIRST: Record<string, { ends: WorkHandler; shows: object }> = {
  succeed: { ends: () => 'done', shows: { status: 'succeeded', attempts: 1, dispatch: 0 } },
  retry: {
    ends: () => Promise.reject(new Error('no')),
    shows: { status: 'retrying', attempts: 1, dispatch: 1 },
  },
  snooze: {
    ends: () => Promise.reject(new Snooze({ for: '30s' })),
    shows: { status: 'scheduled', attempts: 0, dispatch: 1 },
  },
  fail: { ends: () => Promise.reject(new Fail('no')), shows: { status: 'dead', attempts: 1, dispatch: 0 } },
};
const outcomes = Object.keys(FIRST);

async function given(ends: WorkHandler, { jobs = 1, maxAttempts = 1 } = {}) {
  const executed: number[] = [];
  const work: WorkHandler = (payload, context) => {
    executed.push(payload.n);
    return executed.length <= jobs ? ends(payload, context) : undefined;
  };
  const stand = await lab.stand({ catalog, handlers: { work }, maxAttempts });
  const entries = Array.from({ length: jobs }, (_, n) => ({ job: 'work' as const, payload: { n } }));
  const results = await stand.client.enqueueMany(entries);
  const ids = results.map((result) => (result.ok ? result.job.id : ''));
  return { stand, executed, ids, id: ids[0] ?? '' };
}

/** Refuses these tries of an update, counted from 1. */
function refuse(client: Parameters<typeof meddle>[0], tries: readonly number[]): Fault {
  return meddle(client, 'UpdateItemCommand', ({ nth, call }) =>
    tries.includes(nth) ? Promise.reject(new Error('throttled')) : call(),
  );
}

describe('an answer that was lost', () => {
  it('of a claim: the worker knows its own token and executes once', async () => {
    const { stand, executed, id } = await given(() => 'done', { maxAttempts: 3 });
    using lost = failAfter(stand.wire.dynamodb, 'UpdateItemCommand', 1);
    expect((await stand.invoke()).failures).toEqual([]);
    expect(lost.tries).toBe(3);
    expect(executed).toHaveLength(1);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1, unsettled: 0 });
  });

  it('of a claim of a whole batch: each job is claimed and executed once', async () => {
    const { stand, executed, ids } = await given(() => 'done', { jobs: 3, maxAttempts: 3 });
    using _lost = failAfter(stand.wire.dynamodb, 'BatchExecuteStatementCommand', 1);
    expect((await stand.invoke()).failures).toEqual([]);
    expect(executed.sort()).toEqual([0, 1, 2]);
    for (const id of ids) expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('of a settle of a whole batch: each outcome is recognised', async () => {
    const { stand, ids } = await given(() => 'done', { jobs: 3 });
    using _lost = failAfter(stand.wire.dynamodb, 'BatchExecuteStatementCommand', 2);
    expect((await stand.invoke()).failures).toEqual([]);
    for (const id of ids) expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it.each(outcomes)('of a settle: the record says what it was to write: %s', async (outcome) => {
    const { ends = () => undefined, shows = {} } = FIRST[outcome] ?? {};
    const { stand, executed, id } = await given(ends, { maxAttempts: 3 });
    // The claim is the first UpdateItem; whatever is no success is written in a transaction with what its history tells.
    const [command, nth] =
      outcome === 'succeed' ? ['UpdateItemCommand', 2] : ['TransactWriteItemsCommand', 1];
    using lost = failAfter(stand.wire.dynamodb, command as 'UpdateItemCommand', nth as number);
    expect((await stand.invoke()).failures).toEqual([]);
    expect(lost.tries).toBe(Number(nth) + 1);
    expect(await stand.record(id)).toMatchObject({ ...shows, unsettled: 0 });
    const { status } = await stand.record(id);
    expect(stand.lines).toContainEqual(
      expect.objectContaining({ message: LOG_LINES.settled, outcome: status }),
    );
    expect(stand.wire.names.filter((name) => name === 'SendMessage')).toHaveLength(
      outcome === 'retry' || outcome === 'snooze' ? 1 : 0,
    );
    await stand.drain();
    expect(executed).toHaveLength(outcome === 'retry' || outcome === 'snooze' ? 2 : 1);
  });

  it('of the next dispatch: two copies of it run once', async () => {
    const { stand, executed, id } = await given(() => Promise.reject(new Error('no')));
    using _lost = failAfter(stand.wire.sqs, 'SendMessageCommand', 1);
    await stand.drain();
    expect(executed).toHaveLength(2);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 2 });
  });
});

describe('a claim that hangs', () => {
  it('of one job of a batch holds up none of the others', async () => {
    const neighbour = Promise.withResolvers<void>();
    const { stand, ids } = await given(() => neighbour.resolve(), { jobs: 2 });
    const { dynamodb } = stand.wire;
    // The batch claims both, and cannot tell so of the second: it is claimed once more by itself.
    using _untold = meddle(dynamodb, 'BatchExecuteStatementCommand', async ({ nth, call }) => {
      const output = (await call()) as BatchExecuteStatementCommandOutput;
      if (nth > 1) return output;
      const [first = {}] = output.Responses ?? [];
      return { ...output, Responses: [first, { Error: { Code: 'InternalServerError' } }] };
    });
    using _hanging = meddle(dynamodb, 'UpdateItemCommand', async ({ nth, call }) => {
      if (nth === 1) await neighbour.promise;
      return call();
    });
    expect((await stand.invoke()).failures).toEqual([]);
    for (const id of ids) expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });
});

describe('a table that refuses', () => {
  it.each([1, 3])('the claim of %i: they are left, and nothing is burnt', async (jobs) => {
    const { stand, executed, ids } = await given(() => 'done', { jobs });
    const before = await Promise.all(ids.map((id) => stand.record(id)));
    const { dynamodb } = stand.wire;
    const faults = [
      throttle(dynamodb, 'UpdateItemCommand', 99),
      throttle(dynamodb, 'BatchExecuteStatementCommand', 99),
    ];
    expect((await stand.invoke()).failures).toHaveLength(jobs);
    expect(executed).toEqual([]);
    expect(await Promise.all(ids.map((id) => stand.record(id)))).toEqual(before);
    for (const fault of faults) fault.stop();
    lab.clock.advance(1_000);
    await stand.invoke();
    expect(executed).toHaveLength(jobs);
    for (const id of ids) expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it.each(outcomes)('the settle, for a while: it is tried again within the lease: %s', async (outcome) => {
    const { ends = () => undefined, shows = {} } = FIRST[outcome] ?? {};
    const { stand, id } = await given(ends);
    const begin = lab.clock.now();
    // The claim is the first update; the settle's first three tries fail.
    using _refused = refuse(stand.wire.dynamodb, [2, 3, 4]);
    expect((await stand.invoke()).failures).toEqual([]);
    expect(await stand.record(id)).toMatchObject({ ...shows, unsettled: 0 });
    expect(lab.clock.now() - begin).toBeLessThan(25_000);
  });

  it('the settle, until the lease ends: the message is left, and the job executed again', async () => {
    const { stand, executed, id } = await given(() => 'done');
    const refused = refuse(
      stand.wire.dynamodb,
      Array.from({ length: 99 }, (_, n) => n + 2),
    );
    const { failures } = await stand.invoke();
    expect(failures).toHaveLength(1);
    expect(refused.tries).toBeGreaterThan(5);
    refused.stop();
    expect(await stand.record(id)).toMatchObject({ status: 'running', unsettled: 1, attempts: 0 });
    await stand.drain();
    expect(executed).toHaveLength(2);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1, unsettled: 1 });
  });
});

describe('a queue that refuses', () => {
  it.each(['retry', 'snooze'])('the next dispatch: the redelivery sends it: %s', async (outcome) => {
    const { ends = () => undefined, shows = {} } = FIRST[outcome] ?? {};
    const { stand, executed, id } = await given(ends);
    const refused = failBefore(stand.wire.sqs, 'SendMessageCommand');
    const { received, failures } = await stand.invoke();
    expect(failures).toEqual(received.map(({ MessageId }) => MessageId));
    expect(await stand.record(id)).toMatchObject(shows);
    expect((await stand.invoke()).failures).toHaveLength(1);
    refused.stop();
    await stand.drain();
    expect(executed).toHaveLength(2);
    expect((await stand.record(id)).status).toBe('succeeded');
  });

  it('to change a visibility: the message comes back when its own ends', async () => {
    const { stand, executed, id } = await given(() => 'done');
    const unclaimed = failBefore(stand.wire.dynamodb, 'UpdateItemCommand');
    using refused = failBefore(stand.wire.sqs, 'ChangeMessageVisibilityCommand');
    expect((await stand.invoke()).failures).toHaveLength(1);
    expect(refused.tries).toBe(1);
    expect(stand.lines).toContainEqual(expect.objectContaining({ message: 'visibility not changed' }));
    unclaimed.stop();
    expect((await stand.invoke()).received).toEqual([]);
    lab.clock.advance(120_000);
    await stand.invoke();
    expect(executed).toHaveLength(1);
    expect((await stand.record(id)).status).toBe('succeeded');
  });
});
