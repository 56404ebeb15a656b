import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS, sleep } from '../../lib/contract/index.ts';
import type { JobRecord } from '../../lib/state/index.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { receive } from './invoke.ts';
import { Lab } from './lab.ts';
import { catalog, LEASE, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

async function standWith(handler: WorkHandler) {
  const executed: number[] = [];
  const work: WorkHandler = (payload, context) => {
    executed.push(payload.n);
    return handler(payload, context);
  };
  const stand = await lab.stand({ catalog, handlers: { work } });
  const enqueue = async (n: number) => (await stand.client.enqueue('work', { n })).id;
  /** A process claims the job and dies with the handler running. */
  const crash = async () => {
    const { wire } = stand;
    const stop = lab.clock.after(5, () => wire.kill());
    const { received } = await stand.invoke();
    stop();
    return received;
  };
  /** Messages whose visibility is over, a moment later. */
  const comeBack = async (after: number) => {
    lab.clock.advance(after);
    return receive(lab.wire.sqs, stand.queues.normal, 10);
  };
  return { stand, executed, enqueue, crash, comeBack };
}

/** Outlives its process, once; then ends at once. */
function hangsOnce(): WorkHandler {
  const seen = new Set<number>();
  return ({ n }) => {
    if (seen.has(n)) return;
    seen.add(n);
    return sleep(lab.clock, 9_000);
  };
}

describe('a job that lapsed, and waits', () => {
  it('is taken over on record alone, where another claimed it and lapsed since it was read', async () => {
    const { stand, executed, enqueue } = await standWith(() => undefined);
    const id = await enqueue(1);
    // Lapsed once, and dispatched again: it is claimed alone.
    await stand.amend(id, { unsettled: 1 });
    const lapsed = { token: 'theirs', holder: 'another', leaseUntil: lab.clock.now() - 1, startedAt: 1 };
    // The claim of all together, and the one that it is followed by, know it as waiting.
    using _another = meddle(stand.wire.dynamodb, 'UpdateItemCommand', async ({ nth, call }) => {
      if (nth === 2) await stand.amend(id, { ...lapsed, status: 'running', unsettled: 2 });
      return call();
    });
    expect((await stand.invoke()).failures).toHaveLength(1);
    expect(executed).toEqual([]);
    expect(await stand.record(id)).toMatchObject({ status: 'running', token: 'theirs', unsettled: 2 });
    lab.clock.advance(2_000);
    await stand.invoke();
    expect(executed).toEqual([1]);
    const told = await stand.client.history(id);
    expect(told.filter(({ why }) => why?.startsWith('its lease lapsed'))).toHaveLength(1);
  });
});

describe('a redelivery while the lease lives', () => {
  it('is left until the lease ends', async () => {
    const { stand, executed, enqueue, crash } = await standWith(hangsOnce());
    const id = await enqueue(1);
    const received = await crash();
    const claimed = await stand.record(id);
    expect(claimed).toMatchObject({ status: 'running', unsettled: 1, attempts: 0 });
    const again = await stand.deliver(received);
    expect(again.failures).toEqual(received.map(({ MessageId }) => MessageId));
    expect(await stand.record(id)).toEqual(claimed);
    const untilLapse = (claimed.leaseUntil ?? 0) - lab.clock.now();
    lab.clock.advance(untilLapse);
    expect(await stand.messages()).toEqual([]);
    lab.clock.advance(1_000);
    await stand.invoke();
    expect(executed).toEqual([1, 1]);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1, unsettled: 1 });
  });

  it('of another copy is acknowledged', async () => {
    const { stand, enqueue, crash } = await standWith(hangsOnce());
    const id = await enqueue(1);
    const [message] = await crash();
    await stand.send(JSON.stringify({ ...JSON.parse(message?.Body ?? ''), nonce: 'another' }));
    const claimed = await stand.record(id);
    const { received, failures } = await stand.invoke();
    expect(received).toHaveLength(1);
    expect(failures).toEqual([]);
    expect(await stand.record(id)).toEqual(claimed);
  });
});

describe('a lapsed lease', () => {
  it('is claimed again, alone, after its neighbours', async () => {
    const running = new Set<number>();
    const alone: boolean[] = [];
    const once = hangsOnce();
    const { stand, executed, enqueue, crash, comeBack } = await standWith(async (payload, context) => {
      running.add(payload.n);
      if (payload.n === 1 && executed.filter((n) => n === 1).length === 2) alone.push(running.size === 1);
      await (payload.n === 1 ? once(payload, context) : sleep(lab.clock, 2_000));
      running.delete(payload.n);
    });
    const lapsed = await enqueue(1);
    await crash();
    running.clear();
    lab.clock.advance(LEASE + 1);
    for (const n of [2, 3]) await enqueue(n);
    const received = await comeBack(120_000);
    expect(received).toHaveLength(3);
    await stand.deliver(received);
    expect(executed).toEqual([1, 2, 3, 1]);
    expect(alone).toEqual([true]);
    expect(await stand.record(lapsed)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('runs alone on its later attempts too, and takes nobody along', async () => {
    const { stand, executed, enqueue, crash, comeBack } = await standWith(async ({ n }, { attempt }) => {
      if (n !== 1) return;
      if (executed.length === 1) await sleep(lab.clock, 9_000);
      else if (attempt === 1) throw new Error('again');
    });
    const id = await enqueue(1);
    await crash();
    await stand.deliver(await comeBack(120_000));
    expect(await stand.record(id)).toMatchObject({
      status: 'retrying',
      attempts: 1,
      unsettled: 1,
      dispatch: 1,
    });
    await enqueue(2);
    await stand.deliver(await comeBack(10_000));
    expect(executed).toEqual([1, 1, 2, 1]);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 2 });
  });

  it('that somebody else took over and lost since is not taken over by what stood there before', async () => {
    const { stand, executed, enqueue, crash } = await standWith(hangsOnce());
    const id = await enqueue(1);
    await crash();
    lab.clock.advance(120_000);
    // Between the read and the write of this claim another copy of the message was claimed, failed, and was claimed again.
    const lost = { token: 'theirs', unsettled: 2, attempts: 1 };
    const moved = meddle(stand.wire.dynamodb, 'TransactWriteItemsCommand', async ({ nth, call }) => {
      if (nth === 1) await stand.amend(id, { ...lost, leaseUntil: lab.clock.now() - 1 });
      return call();
    });
    expect((await stand.invoke()).failures).toHaveLength(1);
    expect(await stand.record(id)).toMatchObject({ status: 'running', ...lost });
    moved.stop();
    await stand.drain();
    expect(executed).toEqual([1, 1]);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 2, unsettled: 2 });
  });

  it('makes the job dead once it was lost too often, with its reason', async () => {
    const { stand, executed, enqueue, crash } = await standWith(() => sleep(lab.clock, 9_000));
    const id = await enqueue(1);
    for (let lapse = 0; lapse < DEFAULTS.lapseLimit; lapse += 1) {
      await crash();
      lab.clock.advance(120_000);
    }
    expect(await stand.record(id)).toMatchObject({ status: 'running', unsettled: 3, attempts: 0 });
    expect((await stand.invoke()).failures).toEqual([]);
    expect(executed).toHaveLength(3);
    expect(await stand.record(id)).toMatchObject({
      ...{ status: 'dead', attempts: 0, deadAt: lab.clock.now() },
      error: { name: 'JobLostError', message: expect.stringContaining('lost too often') },
    });
    expect((await stand.client.list()).jobs).toHaveLength(1);
    expect(stand.lines).toContainEqual(
      expect.objectContaining({
        ...{ level: 'error', message: 'job settled', outcome: 'dead', job_id: id },
        ...{ error_name: 'JobLostError', error_message: 'the lease was lost too often' },
      }),
    );
  });
});

describe('a worker that lost its lease', () => {
  it('is fenced out: the newer holder’s outcome stands', async () => {
    const begun: string[] = [];
    const { stand, enqueue } = await standWith(async () => {
      if (begun.push('an attempt') > 1) return 'the newer';
      // The process was frozen: by now its lease has lapsed, and another has claimed, executed and settled.
      await stand.amend(id, { leaseUntil: lab.clock.now() - 1 });
      stand.restart();
      await stand.deliver(received);
      newer = await stand.record(id);
      return 'the older';
    });
    let newer: JobRecord | undefined;
    const id = await enqueue(1);
    const received = await receive(lab.wire.sqs, stand.queues.normal, 10);
    const older = await stand.deliver(received);
    expect(begun).toHaveLength(2);
    expect(newer).toMatchObject({ status: 'succeeded', result: '"the newer"', attempts: 1, unsettled: 1 });
    expect(await stand.record(id)).toEqual(newer);
    expect(older.failures).toEqual([]);
  });

  it('never acknowledges while the newer holder runs', async () => {
    const { stand, enqueue } = await standWith(() => sleep(lab.clock, 1_000));
    const id = await enqueue(1);
    const received = await receive(lab.wire.sqs, stand.queues.normal, 10);
    const holder = { token: 'the-newer', leaseUntil: lab.clock.now() + 60_000, unsettled: 2 };
    let amended: Promise<unknown> = Promise.resolve();
    const stop = lab.clock.after(500, () => {
      amended = stand.amend(id, { status: 'running', ...holder });
    });
    const { failures } = await stand.deliver(received);
    await amended;
    stop();
    expect(failures).toEqual(received.map(({ MessageId }) => MessageId));
    expect(await stand.record(id)).toMatchObject({ status: 'running', ...holder });
    expect(stand.lines).toContainEqual(expect.objectContaining({ outcome: 'fenced', job_id: id }));
    expect(stand.wire.names.at(-1)).toBe('ChangeMessageVisibility');
  });
});
