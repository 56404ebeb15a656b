import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fail, Retry, Snooze } from '../../lib/contract/index.ts';
import { Lab } from './lab.ts';
import { catalog, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

async function run(handler: WorkHandler) {
  const stand = await lab.stand({ catalog, handlers: { work: handler } });
  const { id } = await stand.client.enqueue('work', { n: 1 }, { tenant: 'acme', correlationId: 'c-1' });
  const invoked = await stand.invoke();
  return { stand, id, invoked };
}

function throws(thrown: unknown): WorkHandler {
  return () => {
    throw thrown;
  };
}

describe('success', () => {
  it('keeps what the handler returned, counts the attempt, and is acknowledged', async () => {
    const { stand, id, invoked } = await run(({ n }) => ({ double: n * 2 }));
    expect(invoked).toMatchObject({ failures: [], lost: false });
    const record = await stand.record(id);
    expect(record).toMatchObject({ status: 'succeeded', attempts: 1, unsettled: 0, result: '{"double":2}' });
    expect(record.expiresAt).toBe(Math.ceil((record.endedAt ?? 0) / 1000) + 86_400);
    expect(await stand.messages()).toEqual([]);
    expect(await stand.parts(id)).toEqual([]);
  });

  it('needs no result', async () => {
    const { stand, id } = await run(() => undefined);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded' });
    expect(await stand.record(id)).not.toHaveProperty('result');
  });
});

describe('retry', () => {
  it('sends the next dispatch with its number, attempts, delay and message group', async () => {
    const { stand, id, invoked } = await run(throws(new Retry({ after: '20s' })));
    expect(invoked.failures).toEqual([]);
    const record = await stand.record(id);
    expect(record).toMatchObject({ status: 'retrying', dispatch: 1, attempts: 1, unsettled: 0 });
    expect(record.runAt).toBe(lab.clock.now() + 20_000);
    lab.clock.advance(19_999);
    expect(await stand.messages()).toEqual([]);
    lab.clock.advance(1);
    const [next] = await stand.messages();
    const [sent] = stand.wire.calls.filter(({ name }) => name === 'SendMessage');
    expect(sent?.input).toMatchObject({ MessageGroupId: 'acme', DelaySeconds: 20 });
    expect(next?.envelope).toMatchObject({
      ...{ id, gen: record.gen, dispatch: 1, attempts: 1, runAt: record.runAt },
      ...{ payload: { n: 1 }, tenant: 'acme', correlationId: 'c-1' },
    });
    expect(next?.envelope.nonce).not.toBe(record.holder);
  });

  it('waits by the type’s backoff after any other error: full jitter under a doubling bound', async () => {
    const { stand, id } = await run(throws(new Error('connection reset')));
    const first = await stand.record(id);
    expect(first.error).toMatchObject({ name: 'Error', message: 'connection reset' });
    expect(first.runAt - lab.clock.now()).toBeGreaterThanOrEqual(0);
    expect(first.runAt - lab.clock.now()).toBeLessThan(4_000);
    lab.clock.advance(first.runAt - lab.clock.now() + 1_000);
    await stand.invoke();
    const second = await stand.record(id);
    expect(second).toMatchObject({ status: 'retrying', attempts: 2, dispatch: 2 });
    expect(second.runAt - lab.clock.now()).toBeLessThan(8_000);
  });

  it('keeps each failed attempt as an item beside the record', async () => {
    const { stand, id } = await run(throws(new Error('no answer', { cause: new Error('ECONNREFUSED') })));
    const [attempt] = await stand.parts(id);
    expect(attempt?.['sk']?.S).toMatch(/^attempt#.+#000000$/);
    expect(attempt?.['attempt']?.N).toBe('1');
    expect(attempt?.['error']?.M).toMatchObject({
      message: { S: 'no answer' },
      cause: { S: 'Error: ECONNREFUSED' },
    });
    expect((await stand.record(id)).parts).toBe(1);
  });

  it('makes the job dead when its last attempt fails, and lists it', async () => {
    let executions = 0;
    const { stand, id } = await run(() => {
      executions += 1;
      throw new Error(`try ${executions}`);
    });
    await stand.drain();
    expect(executions).toBe(3);
    const record = await stand.record(id);
    expect(record).toMatchObject({ status: 'dead', attempts: 3, unsettled: 0, error: { message: 'try 3' } });
    expect(record.expiresAt).toBe(Math.ceil((record.endedAt ?? 0) / 1000) + 172_800);
    expect(await stand.parts(id)).toHaveLength(3);
    expect((await stand.client.list()).jobs.map((job) => job.id)).toEqual([id]);
  });

  it('ends in success when a later attempt succeeds', async () => {
    const attempts: number[] = [];
    const { stand, id } = await run((_, { attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('not yet');
    });
    await stand.drain();
    expect(attempts).toEqual([1, 2, 3]);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 3, dispatch: 2 });
  });
});

describe('snooze', () => {
  it('runs again later and burns no attempt', async () => {
    let asked = 0;
    const { stand, id } = await run(() => {
      asked += 1;
      if (asked <= 2) throw new Snooze({ for: '10m' });
    });
    const record = await stand.record(id);
    expect(record).toMatchObject({ status: 'scheduled', dispatch: 1, attempts: 0, unsettled: 0 });
    expect(record.runAt).toBe(lab.clock.now() + 600_000);
    await stand.drain();
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1, dispatch: 2 });
  });

  it.each([
    ['a part of a millisecond', () => lab.clock.now() + 1_000.5],
    ['the past', () => -7],
  ])('survives a time in %s', async (_, until) => {
    let asked = false;
    const { stand, id } = await run(() => {
      if (asked) return;
      asked = true;
      throw new Snooze({ until: until() });
    });
    await stand.drain();
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded' });
  });
});

describe('fail', () => {
  it('makes the job dead at once, whatever attempts are left', async () => {
    const { stand, id, invoked } = await run(throws(new Fail('the customer is gone')));
    expect(invoked.failures).toEqual([]);
    expect(await stand.record(id)).toMatchObject({
      ...{ status: 'dead', attempts: 1, unsettled: 0, deadAt: lab.clock.now() },
      error: { name: 'Fail', message: 'the customer is gone' },
    });
    expect(await stand.messages()).toEqual([]);
    expect(await stand.parts(id)).toHaveLength(1);
  });
});

describe('whatever is thrown', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['a string', 'no'],
    ['an object without a prototype', Object.create(null)],
    ['an error whose message is no text', Object.assign(new Error('x'), { message: { code: 7 } })],
    ['an error without a stack', Object.assign(new Error('x'), { stack: undefined })],
    ['a long text whose cut splits a character', new Error(`.${'😀'.repeat(200)}`)],
    ['half a character', new Error('\ud83d')],
  ])('is an outcome: %s', async (_, thrown) => {
    const { stand, id, invoked } = await run(throws(thrown));
    expect(invoked.failures).toEqual([]);
    expect(await stand.record(id)).toMatchObject({ status: 'retrying', attempts: 1, unsettled: 0 });
  });
});
