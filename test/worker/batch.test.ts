import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleep } from '../../lib/contract/index.ts';
import { stateKey } from '../../lib/state/record.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { Lab } from './lab.ts';
import type { Stand } from './stand.ts';
import { catalog, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

async function standWith(handler: WorkHandler, options: { concurrency?: number } = {}) {
  return lab.stand({ catalog, handlers: { work: handler }, ...options });
}

async function enqueue(stand: Stand<typeof catalog>, count: number): Promise<string[]> {
  const entries = Array.from({ length: count }, (_, n) => ({ job: 'work' as const, payload: { n } }));
  const results = await stand.client.enqueueMany(entries);
  return results.map((result) => (result.ok ? result.job.id : ''));
}

describe('a batch of ten', () => {
  it('is claimed in one request and settled in one', async () => {
    const stand = await standWith(async ({ n }) => sleep(lab.clock, n % 3));
    const ids = await enqueue(stand, 10);
    expect((await stand.invoke()).failures).toEqual([]);
    expect(stand.wire.names).toEqual(['BatchExecuteStatement', 'BatchExecuteStatement']);
    for (const id of ids) expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('has an outcome for each, and keeps nobody waiting for the slowest', async () => {
    const settledAt = new Map<number, number>();
    const stand = await standWith(async ({ n }) => {
      if (n === 0) throw new Error('no');
      await sleep(lab.clock, n === 9 ? 9_000 : 5);
      settledAt.set(n, lab.clock.now());
    });
    const begin = lab.clock.now();
    const ids = await enqueue(stand, 10);
    await stand.invoke();
    const records = await Promise.all(ids.map((id) => stand.record(id)));
    expect(records.map(({ status }) => status)).toEqual(['retrying', ...Array(9).fill('succeeded')]);
    expect((records[5]?.endedAt ?? 0) - begin).toBeLessThan(100);
    expect((records[9]?.endedAt ?? 0) - begin).toBeGreaterThanOrEqual(9_000);
  });

  it.each([1, 3, 10])('runs at most %i of its jobs at a time, as the pool says', async (concurrency) => {
    let running = 0;
    let most = 0;
    const stand = await standWith(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(lab.clock, 500);
        running -= 1;
      },
      { concurrency },
    );
    const ids = await enqueue(stand, 10);
    await stand.invoke();
    expect(most).toBe(concurrency);
    for (const id of ids) expect((await stand.record(id)).status).toBe('succeeded');
  });
});

describe('messages that no envelope can be read from', () => {
  it.each([
    ['no JSON', 'hello'],
    ['foreign JSON', '{"Records":[]}'],
    ['an envelope of a later version', '{"v":2,"id":"a"}'],
    ['an envelope without a payload', '{"v":1,"id":"a","gen":"g"}'],
    ['JSON that is no object', 'null'],
  ])('%s: is left for its dead-letter queue and holds up none of the others', async (_, body) => {
    const stand = await standWith(() => undefined);
    await stand.send(body);
    const [id = ''] = await enqueue(stand, 1);
    const { received, failures } = await stand.invoke();
    const foreign = received.find(({ Body }) => Body === body);
    expect(received).toHaveLength(2);
    expect(failures).toEqual([foreign?.MessageId]);
    expect((await stand.record(id)).status).toBe('succeeded');
    const [line] = stand.lines.filter(({ message }) => message === 'message unreadable');
    expect(line).toMatchObject({ level: 'error', message_id: foreign?.MessageId });
    lab.clock.advance(1_000);
    expect((await stand.invoke()).received).toMatchObject([{ Body: body }]);
  });
});

describe('copies of one job', () => {
  it('in one batch are executed once, and all acknowledged', async () => {
    let executions = 0;
    const stand = await standWith(async () => {
      executions += 1;
      await sleep(lab.clock, 50);
    });
    const [id = ''] = await enqueue(stand, 1);
    const [original] = await stand.messages();
    const body = original?.message.Body ?? '';
    const copy = JSON.stringify({ ...JSON.parse(body), nonce: 'another' });
    for (const each of [body, copy, copy]) await stand.send(each);
    const others = await enqueue(stand, 2);
    const { received, failures } = await stand.invoke();
    expect(received).toHaveLength(5);
    expect(failures).toEqual([]);
    expect(executions).toBe(3);
    for (const each of [id, ...others]) {
      expect(await stand.record(each)).toMatchObject({ status: 'succeeded', attempts: 1 });
    }
  });

  it('in one batch cost none of the others the claim in one request, which names no job twice', async () => {
    const stand = await standWith(() => undefined);
    const [id = ''] = await enqueue(stand, 1);
    const [original] = await stand.messages();
    for (const nonce of ['one', 'another'])
      await stand.send(JSON.stringify({ ...original?.envelope, nonce }));
    await enqueue(stand, 3);
    const { received } = await stand.invoke();
    expect(received).toHaveLength(5);
    const singly = stand.wire.calls.filter(({ name }) => name === 'UpdateItem');
    const claimed = singly.map(({ input }) => (input as UpdateItemCommandInput).Key);
    expect(claimed).toEqual([stateKey(id)]);
  });

  it('in invocations at the same time are executed once', async () => {
    let executions = 0;
    const stand = await standWith(async () => {
      executions += 1;
      await sleep(lab.clock, 1_000);
    });
    const [id = ''] = await enqueue(stand, 1);
    const [original] = await stand.messages();
    const copy = JSON.stringify({ ...original?.envelope, nonce: 'another' });
    await stand.send(copy);
    const [second] = await stand.messages();
    if (!original || !second) throw new Error('two messages were sent');
    const results = await Promise.all([stand.deliver([original.message]), stand.deliver([second.message])]);
    expect(results.map(({ failures }) => failures)).toEqual([[], []]);
    expect(executions).toBe(1);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1, unsettled: 0 });
  });
});

describe('a claim that the table refuses for one job', () => {
  it('leaves that one, and runs its neighbours', async () => {
    const stand = await standWith(() => undefined);
    const ids = await enqueue(stand, 3);
    const refused = ids[1] ?? '';
    const { dynamodb } = stand.wire;
    // One statement of the batch is throttled, and so is the single write after it.
    meddle(dynamodb, 'BatchExecuteStatementCommand', async ({ nth, call }) => {
      const output = (await call()) as { Responses: object[] };
      if (nth > 1) return output;
      const at = ids.indexOf(refused);
      output.Responses[at] = { Error: { Code: 'ThrottlingError' } };
      return output;
    });
    using throttled = meddle(dynamodb, 'UpdateItemCommand', () => Promise.reject(new Error('throttled')));
    const { received, failures } = await stand.invoke();
    const message = received.find(({ Body = '' }) => Body.includes(refused));
    expect(failures).toEqual([message?.MessageId]);
    expect(throttled.tries).toBe(1);
    const statuses = await Promise.all(ids.map(async (id) => (await stand.record(id)).status));
    expect(statuses.filter((status) => status === 'succeeded')).toHaveLength(2);
  });
});
