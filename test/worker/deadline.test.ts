import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS, sleep } from '../../lib/contract/index.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { receive } from './invoke.ts';
import { Lab } from './lab.ts';
import { catalog, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** `executed`: the payloads of the attempts that began. */
async function standWith(handler: WorkHandler, options: { concurrency?: number } = {}) {
  const executed: number[] = [];
  const work: WorkHandler = (payload, context) => {
    executed.push(payload.n);
    return handler(payload, context);
  };
  const stand = await lab.stand({ catalog, handlers: { work }, ...options });
  const enqueue = async (n: number) => (await stand.client.enqueue('work', { n })).id;
  return { stand, executed, enqueue };
}

/** Ends only when the test does. */
const forever = () => new Promise<never>(() => undefined);

describe('the deadline guard', () => {
  it('leaves a job unclaimed, visible at once, where the invocation has no time left for it', async () => {
    const { stand, executed, enqueue } = await standWith(() => sleep(lab.clock, 5_001), { concurrency: 1 });
    const ids = [await enqueue(1), await enqueue(2)];
    const before = await Promise.all(ids.map((id) => stand.record(id)));
    // The type's timeout is 10 s, and a settle keeps 5 s.
    const { failures } = await stand.invoke({ remaining: 20_000 });
    expect(failures).toHaveLength(1);
    expect(executed).toHaveLength(1);
    const left = before.find(({ id }) => id !== ids[(executed[0] ?? 0) - 1]);
    expect(await stand.record(left?.id ?? '')).toEqual(left);
    const changes = stand.wire.calls.filter(({ name }) => name === 'ChangeMessageVisibility');
    expect(changes.map(({ input }) => input)).toMatchObject([{ VisibilityTimeout: 0 }]);
    expect((await stand.invoke({ remaining: 15_000 })).received).toHaveLength(1);
    expect((await stand.record(left?.id ?? '')).status).toBe('succeeded');
  });

  it('guards each job when its turn comes', async () => {
    const { stand, executed, enqueue } = await standWith(() => sleep(lab.clock, 8_000), { concurrency: 1 });
    for (const n of [1, 2, 3, 4]) await enqueue(n);
    const { failures } = await stand.invoke({ remaining: 30_000 });
    expect(executed).toHaveLength(2);
    expect(failures).toHaveLength(2);
    await stand.drain();
    expect(executed.sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('a claim that took too long', () => {
  it.each([
    ['the lease no longer fits the timeout', 900_000, 15_001],
    ['the function has not the timeout left', 20_000, 11_000],
  ])('is released, not executed: %s', async (_, remaining, slow) => {
    const { stand, executed, enqueue } = await standWith(() => undefined);
    const id = await enqueue(1);
    // No build knew the type a while ago; whoever claims it does.
    const before = await stand.amend(id, { unknownSince: lab.clock.now() - 1 });
    const claim = meddle(stand.wire.dynamodb, 'UpdateItemCommand', ({ nth, call }) => {
      if (nth === 1) lab.clock.advance(slow);
      return call();
    });
    const { received, failures } = await stand.invoke({ remaining });
    claim.stop();
    expect(failures).toEqual(received.map(({ MessageId }) => MessageId));
    expect(executed).toEqual([]);
    const released = await stand.record(id);
    const { unknownSince, ...waiting } = before;
    // Of the claim nothing is left but which message made it, and until when.
    expect(released).toEqual({
      ...waiting,
      holder: expect.any(String),
      leaseUntil: expect.any(Number),
    });
    expect(released).toMatchObject({ status: 'queued', dispatch: 0, attempts: 0, unsettled: 0 });
    lab.clock.advance(1_000);
    await stand.invoke();
    expect(executed).toEqual([1]);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('is released in the end where the table refuses that for a while', async () => {
    const { stand, executed, enqueue } = await standWith(() => undefined);
    const id = await enqueue(1);
    using _slow = meddle(stand.wire.dynamodb, 'UpdateItemCommand', ({ nth, call }) => {
      if (nth === 1) lab.clock.advance(16_000);
      const refused = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
      return nth >= 2 && nth <= 8 ? Promise.reject(refused) : call();
    });
    await stand.invoke();
    expect(executed).toEqual([]);
    expect(await stand.record(id)).toMatchObject({ status: 'queued', attempts: 0, unsettled: 0 });
    expect(stand.lines).toContainEqual(expect.objectContaining({ message: 'release not written yet' }));
  });

  it('may end at the very end of its margin', async () => {
    const { stand, executed, enqueue } = await standWith(() => undefined);
    await enqueue(1);
    using _claim = meddle(stand.wire.dynamodb, 'UpdateItemCommand', ({ nth, call }) => {
      if (nth === 1) lab.clock.advance(15_000);
      return call();
    });
    await stand.invoke();
    expect(executed).toEqual([1]);
  });
});

describe('a handler’s signal', () => {
  it('fires before the timeout; who heeds it is no runaway', async () => {
    let firedAfter = 0;
    const { stand, enqueue } = await standWith(async (_, { signal }) => {
      const begin = lab.clock.now();
      await sleep(lab.clock, 60_000, signal).finally(() => {
        firedAfter = lab.clock.now() - begin;
      });
    });
    const id = await enqueue(1);
    expect(await stand.invoke()).toMatchObject({ failures: [], lost: false });
    expect(firedAfter).toBe(9_000);
    expect(stand.exits).toEqual([]);
    expect(await stand.record(id)).toMatchObject({
      ...{ status: 'retrying', attempts: 1 },
      error: { name: 'AttemptTimeoutError' },
    });
  });

  it('does not fire for a handler that ended', async () => {
    const signals: AbortSignal[] = [];
    const { stand, enqueue } = await standWith((_, { signal }) => void signals.push(signal));
    await enqueue(1);
    await stand.invoke();
    lab.clock.advance(60_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });
});

describe('a handler that ignores its signal', () => {
  it('is settled as a retry, its neighbours settle, then the process ends', async () => {
    const { stand, executed, enqueue } = await standWith(({ n }) =>
      n === 1 ? forever() : sleep(lab.clock, 9_990),
    );
    const ids = [await enqueue(1), await enqueue(2), await enqueue(3)];
    const { lost } = await stand.invoke();
    expect(lost).toBe(true);
    expect(stand.exits).toEqual([1]);
    const [stuck, ...neighbours] = await Promise.all(ids.map((id) => stand.record(id)));
    expect(stuck).toMatchObject({
      ...{ status: 'retrying', attempts: 1, unsettled: 0, dispatch: 1 },
      error: { name: 'AttemptTimeoutError' },
    });
    for (const record of neighbours) expect(record).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(stand.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'handler ignored its signal', job_id: ids[0] }),
    );
    // No answer reached Lambda, so every message comes back; nothing that has ended runs again.
    await stand.drain();
    expect(executed.filter((n) => n !== 1).sort()).toEqual([2, 3]);
    expect(await stand.record(ids[0] ?? '')).toMatchObject({ status: 'dead', attempts: 3, unsettled: 0 });
  });

  it('keeps its process from beginning another job', async () => {
    let asked = 0;
    const { stand, executed, enqueue } = await standWith(
      () => {
        asked += 1;
        return asked === 1 ? forever() : undefined;
      },
      { concurrency: 1 },
    );
    for (const n of [1, 2]) await enqueue(n);
    await stand.invoke();
    expect(stand.exits).toEqual([1]);
    expect(executed).toHaveLength(1);
    await stand.drain();
    expect([...new Set(executed)].sort()).toEqual([1, 2]);
  });

  it('keeps its process from handing over a job whose message came in vain: none of its messages is deleted', async () => {
    const { stand, enqueue } = await standWith(({ n }) => (n === 1 ? forever() : undefined), {
      concurrency: 1,
    });
    await enqueue(1);
    lab.clock.advance(1);
    const id = await enqueue(2);
    const before = await stand.record(id);
    const received = await receive(lab.wire.sqs, stand.queues.normal, 10);
    const often = received.map((message) => ({
      ...message,
      Attributes: { ...message.Attributes, ApproximateReceiveCount: String(DEFAULTS.starvedReceives) },
    }));
    expect(await stand.deliver(often)).toMatchObject({ lost: true });
    expect(await stand.record(id)).toEqual(before);
    await stand.drain();
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1, dispatch: 0 });
  });
});
