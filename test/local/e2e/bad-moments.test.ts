import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PRIORITIES } from '../../../lib/contract/index.ts';
import { type Engine, startDynoxide } from '../../../lib/local/engines/index.ts';
import { type FaultyEndpoint, startFaultyEndpoint } from './faulty-endpoint.ts';
import type { Step } from './fixture/catalog.ts';
import { type FixtureCloud, startFixture } from './fixture-cloud.ts';

describe('bad moments of the table, the queues and the account', () => {
  let dynoxide: Engine;
  let table: FaultyEndpoint;
  let fixture: FixtureCloud;

  beforeAll(async () => {
    dynoxide = await startDynoxide();
    table = await startFaultyEndpoint({ upstream: dynoxide.endpoint });
    fixture = await startFixture({ dynamodbEndpoint: table.endpoint });
  }, 120_000);

  afterEach(() => {
    table.fate = () => 'pass';
  });

  afterAll(async () => {
    await fixture?.[Symbol.asyncDispose]();
    await table?.[Symbol.asyncDispose]();
    await dynoxide?.[Symbol.asyncDispose]();
  });

  const enqueue = async (...plans: Step[][]) => {
    const results = await fixture.client.enqueueMany(
      plans.map((steps) => ({ job: 'calm.run', payload: { steps } })),
    );
    return results.map((result) => (result.ok ? result.job.id : String(result.error)));
  };
  /** Into every queue of the pool with a reservation. */
  const enqueueEverywhere = async (jobs: number) => {
    const results = await fixture.client.enqueueMany(
      Array.from({ length: jobs }, (_, n) => ({
        job: 'rough.run',
        payload: { steps: ['succeed'] },
        options: { priority: PRIORITIES[n % PRIORITIES.length] },
      })),
    );
    return results.map((result) => (result.ok ? result.job.id : String(result.error)));
  };
  const ended = (id: string) => fixture.client.wait(id, { timeout: '50s' });

  it('jobs run, each once, while the table refuses half of all requests', async () => {
    let request = 0;
    table.fate = ({ operation }) => {
      request += operation.includes('Stream') || operation.includes('Shard') ? 0 : 1;
      return request % 2 === 0 ? 'throttle' : 'pass';
    };
    const ids = await enqueue(['succeed'], ['throw', 'succeed'], ['succeed'], ['succeed']);
    const attempts = [1, 2, 1, 1];
    for (const [i, id] of ids.entries()) {
      expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: attempts[i] });
      expect(await fixture.executions(id)).toHaveLength(attempts[i] ?? 0);
    }
    expect(table.faults).toBeGreaterThan(5);
  }, 60_000);

  it('jobs run, each once, while every second answer to a write is lost', async () => {
    let write = 0;
    table.fate = ({ operation }) => {
      if (!/^(PutItem|UpdateItem|BatchExecuteStatement)$/.test(operation)) return 'pass';
      write += 1;
      return write % 2 === 1 ? 'lose-answer' : 'pass';
    };
    const ids = await enqueue(['succeed'], ['throw', 'succeed'], ['succeed']);
    const attempts = [1, 2, 1];
    for (const [i, id] of ids.entries()) {
      expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: attempts[i] });
      expect(await fixture.executions(id)).toHaveLength(attempts[i] ?? 0);
      expect((await fixture.settled(id)).at(-1)).toMatchObject({ outcome: 'succeeded' });
    }
  }, 60_000);

  it('jobs that no worker could claim for long come back from the dead-letter queue', async () => {
    // Only a claim writes when the job was started.
    let refused = 0;
    table.fate = ({ operation, body }) => {
      if (!/UpdateItem|BatchExecute/.test(operation) || !body.includes('startedAt')) return 'pass';
      refused += 1;
      return 'throttle';
    };
    const ids = await enqueue(['succeed'], ['succeed']);
    await vi.waitFor(
      async () => expect(await fixture.client.get(ids[0] ?? '')).toMatchObject({ dispatch: 1 }),
      {
        timeout: 40_000,
        interval: 100,
      },
    );
    expect(refused).toBeGreaterThan(3);
    table.fate = () => 'pass';
    for (const id of ids) {
      expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
      expect(await fixture.executions(id)).toHaveLength(1);
    }
  }, 60_000);

  it('messages that no producer of ours sent are filed, and hold up nobody', async () => {
    const QueueUrl = fixture.queueUrl({ pool: 'default', priority: 'normal' });
    const bodies = [
      'not JSON',
      '{"v":1,"id":"half an envelope"}',
      '{"hello":"world"}',
      '{"v":99}',
      '[]',
      'null',
    ];
    const Entries = bodies.map((MessageBody, n) => ({ Id: String(n), MessageBody }));
    await fixture.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const ids = await enqueue(['succeed'], ['succeed']);
    for (const id of ids) expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
    const source = expect.stringMatching(/^arn:aws:sqs:.*DeadLetters/);
    await vi.waitFor(
      async () => {
        const { messages } = await fixture.client.listQuarantined();
        expect(messages.map(({ body }) => body).sort()).toEqual(bodies.toSorted());
        for (const message of messages) expect(message).toMatchObject({ source, reason: expect.any(String) });
      },
      { timeout: 30_000, interval: 200 },
    );
  }, 60_000);

  it('the reservation of the template bounds what runs at once, and costs the jobs that wait for it no attempt', async () => {
    const worker = fixture.cloud.functions.all.find(({ logicalId }) => logicalId.includes('Poolrough'));
    const reserved = worker?.reservedConcurrency ?? 0;
    expect(reserved).toBe(2 * PRIORITIES.length);
    const asked = new Set<string>();
    const invoke = async () => {
      const invoked = await fixture.cloud.functions.invoke(worker?.logicalId ?? '', { Records: [] });
      asked.add(invoked.requestId);
      return invoked.outcome;
    };
    // At once: none of them has ended when the last one asks.
    const outcomes = await Promise.all(Array.from({ length: reserved + 3 }, invoke));
    expect(outcomes.filter((outcome) => outcome === 'throttled')).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === 'succeeded')).toHaveLength(reserved);

    const turnedAway = () =>
      fixture.events.some((event) => event.type === 'throttled' && !asked.has(event.requestId));
    const ids: string[] = [];
    // Every place is taken while messages come, until one of them is turned away.
    while (!turnedAway()) {
      const taken = Array.from({ length: reserved }, invoke);
      ids.push(...(await enqueueEverywhere(2 * reserved)));
      await Promise.all(taken);
    }
    for (const id of ids) {
      expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: 1, dispatch: 0 });
      expect(await fixture.executions(id)).toHaveLength(1);
    }
  }, 60_000);
});
