import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DEFAULTS, defineCatalog, defineJob, sleep } from '../../lib/contract/index.ts';
import { heartbeatWrite } from '../../lib/state/index.ts';
import {
  AttemptTimeoutError,
  CancelRequestedError,
  type JobContext,
  LeaseLostError,
} from '../../lib/worker/index.ts';
import { failAfter, failBefore, meddle, throttle } from '../faults/sdk-faults.ts';
import { Lab } from './lab.ts';
import type { Stand } from './stand.ts';

const long = defineJob({ name: 'long', schema: z.object({}), timeout: '60s', retry: { maxAttempts: 3 } });
const catalog = defineCatalog([long]);

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** What a handler of a test may also reach for. */
type Meddling = (context: JobContext, stand: Stand<typeof catalog>) => unknown;

async function run(meddling: Meddling, { remaining = 900_000, maxAttempts = 1 } = {}) {
  const stand: Stand<typeof catalog> = await lab.stand({
    ...{ catalog, maxAttempts },
    handlers: { long: (_, context) => meddling(context, stand) },
  });
  const { id } = await stand.client.enqueue('long', {});
  const begin = lab.clock.now();
  const invoked = await stand.invoke({ remaining });
  return { stand, id, begin, invoked };
}

describe('a heartbeat', () => {
  it('begins the timeout anew, and prolongs the lease and the message’s visibility', async () => {
    const granted: number[] = [];
    const { stand, id, begin } = await run(async ({ heartbeat, signal }) => {
      for (let beats = 0; beats < 4; beats += 1) {
        await sleep(lab.clock, 50_000, signal);
        granted.push(await heartbeat());
      }
    });
    const record = await stand.record(id);
    expect(record).toMatchObject({ status: 'succeeded', attempts: 1, unsettled: 0 });
    expect(granted).toEqual([60_000, 60_000, 60_000, 60_000]);
    expect((record.endedAt ?? 0) - begin).toBe(200_000);
    expect(record.leaseUntil).toBe((record.endedAt ?? 0) + 60_000 + DEFAULTS.leaseMargin);
    const changes = stand.wire.calls.filter(({ name }) => name === 'ChangeMessageVisibility');
    expect(changes).toHaveLength(4);
    expect(changes[0]?.input).toMatchObject({ VisibilityTimeout: 60 + 15 + 15 });
  });

  it('gives no more time than the function has, a settle’s time kept', async () => {
    const granted: number[] = [];
    await run(
      async ({ heartbeat }) => {
        await sleep(lab.clock, 50_000);
        granted.push(await heartbeat());
      },
      { remaining: 80_000 },
    );
    expect(granted).toEqual([80_000 - 50_000 - DEFAULTS.settleReserve]);
  });

  it('is refused once a cancel was requested, and the job ends cancelled', async () => {
    let refused: unknown;
    const { stand, id } = await run(async ({ heartbeat, id }, stand) => {
      await stand.client.cancel([id]);
      refused = await heartbeat().catch((error: unknown) => error);
      throw refused;
    });
    expect(refused).toBeInstanceOf(CancelRequestedError);
    expect(await stand.record(id)).toMatchObject({ status: 'cancelled', attempts: 1, unsettled: 0 });
  });

  it('is refused once the lease is lost, and fires the signal', async () => {
    let seen: unknown;
    const { stand, id, invoked } = await run(async ({ heartbeat, id, signal }, stand) => {
      await stand.amend(id, { token: 'theirs', leaseUntil: lab.clock.now() + 60_000 });
      await heartbeat().catch(() => undefined);
      seen = signal.reason;
      throw seen;
    });
    expect(seen).toBeInstanceOf(LeaseLostError);
    expect(invoked.failures).toHaveLength(1);
    expect(await stand.record(id)).toMatchObject({ status: 'running', token: 'theirs', attempts: 0 });
  });

  it('is refused after the attempt is over', async () => {
    let late: Promise<unknown> = Promise.resolve();
    const gate = Promise.withResolvers<void>();
    await run(({ heartbeat }) => {
      late = gate.promise.then(() => heartbeat().catch((error: unknown) => error));
    });
    gate.resolve();
    expect(await late).toBeInstanceOf(LeaseLostError);
  });

  it('that nobody awaits is no rejection that nobody handles: neither after a cancel nor after the attempt', async () => {
    const unhandled: unknown[] = [];
    const keep = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', keep);
    let late: () => void = () => undefined;
    const { stand, id } = await run(async ({ heartbeat, id, signal }, stand) => {
      late = () => void heartbeat();
      await stand.client.cancel([id]);
      heartbeat();
      await sleep(lab.clock, 60_000, signal);
    });
    late();
    // Node tells of rejections between two turns of the event loop.
    for (const _ of [1, 2]) await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', keep);
    expect(unhandled).toEqual([]);
    expect(await stand.record(id)).toMatchObject({ status: 'cancelled', attempts: 1 });
  });

  it('does not fail for a queue that refuses: the message comes back and is left', async () => {
    const { stand, id } = await run(async ({ heartbeat }, stand) => {
      using _refused = failBefore(stand.wire.sqs, 'ChangeMessageVisibilityCommand');
      await heartbeat();
    });
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('is not held up by a queue that does not answer', async () => {
    const granted: number[] = [];
    const { stand, id } = await run(async ({ heartbeat }, stand) => {
      const answered = Promise.withResolvers<void>();
      using hangs = meddle(stand.wire.sqs, 'ChangeMessageVisibilityCommand', ({ call }) =>
        answered.promise.then(call),
      );
      for (let beats = 0; beats < 3; beats += 1) {
        granted.push(await heartbeat());
        lab.clock.advance(50_000);
      }
      expect(hangs.tries).toBe(1);
      answered.resolve();
    });
    expect(granted).toEqual([60_000, 60_000, 60_000]);
    const { status, attempts, leaseUntil = 0, endedAt = 0 } = await stand.record(id);
    expect({ status, attempts }).toEqual({ status: 'succeeded', attempts: 1 });
    const changes = stand.wire.calls.filter(({ name }) => name === 'ChangeMessageVisibility');
    // The latest of those that waited for it, and only that.
    expect(changes).toHaveLength(2);
    expect(leaseUntil - endedAt).toBe(60_000 + DEFAULTS.leaseMargin - 50_000);
  });

  it('that the table refuses leaves the lease as it was, and burns no attempt', async () => {
    const left: number[] = [];
    const { stand, id, begin } = await run(async ({ heartbeat, id }, stand) => {
      const { dynamodb } = stand.wire;
      const faults = [
        () => throttle(dynamodb, 'UpdateItemCommand', 1),
        () => failBefore(dynamodb, 'UpdateItemCommand'),
      ];
      for (const fault of faults) {
        await sleep(lab.clock, 10_000);
        using _refused = fault();
        left.push(await heartbeat());
        left.push((await stand.record(id)).leaseUntil ?? 0);
      }
      left.push(await heartbeat());
    });
    const lease = begin + 60_000 + DEFAULTS.leaseMargin;
    expect(left).toEqual([50_000, lease, 40_000, lease, 60_000]);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(stand.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'lease not prolonged', job_id: id }),
    );
  });

  it('whose answer never comes ends with the signal', async () => {
    let thrown: unknown;
    const { stand, id } = await run(async ({ heartbeat }, stand) => {
      const asked = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<never>();
      using _hangs = meddle(stand.wire.dynamodb, 'UpdateItemCommand', () => {
        asked.resolve();
        return answer.promise;
      });
      const beat = heartbeat().catch((error: unknown) => error);
      await asked.promise;
      lab.clock.advance(58_000);
      thrown = await beat;
      answer.reject(new Error('given up'));
      throw thrown;
    });
    expect(thrown).toBeInstanceOf(AttemptTimeoutError);
    expect(stand.lines.map(({ message }) => message)).not.toContain('handler ignored its signal');
    expect(await stand.record(id)).toMatchObject({ status: 'retrying', attempts: 1 });
  });

  it('whose answer was lost is tried again, and found to be prolonged', async () => {
    const granted: number[] = [];
    const { stand, id, begin } = await run(
      async ({ heartbeat }, stand) => {
        await sleep(lab.clock, 10_000);
        using _lost = failAfter(stand.wire.dynamodb, 'UpdateItemCommand', 1);
        granted.push(await heartbeat());
        await sleep(lab.clock, 59_000);
      },
      { maxAttempts: 2 },
    );
    expect(granted[0]).toBeGreaterThan(59_000);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect((await stand.record(id)).leaseUntil).toBe(begin + 10_000 + 60_000 + DEFAULTS.leaseMargin);
  });

  it('that comes late does not shorten the lease of a later one', async () => {
    const { stand, id, begin } = await run(async ({ heartbeat, id }, stand) => {
      await sleep(lab.clock, 10_000);
      await heartbeat();
      const { gen, dispatch, token = '', holder: nonce = '', leaseUntil = 0 } = await stand.record(id);
      const late = heartbeatWrite({ message: { id, gen, dispatch, nonce }, token }, leaseUntil - 5_000);
      expect((await stand.table.update(late)).ok).toBe(false);
    });
    expect(await stand.record(id)).toMatchObject({
      ...{ status: 'succeeded', attempts: 1 },
      leaseUntil: begin + 10_000 + 60_000 + DEFAULTS.leaseMargin,
    });
  });

  it('is refused when the table does not answer until the signal has fired', async () => {
    const refused = Promise.withResolvers<unknown>();
    await run(async ({ heartbeat }, stand) => {
      using _slow = meddle(stand.wire.dynamodb, 'UpdateItemCommand', () => {
        lab.clock.advance(60_000 + DEFAULTS.leaseMargin);
        return Promise.reject(Object.assign(new Error('try again'), { name: 'ThrottlingException' }));
      });
      await heartbeat().catch(refused.resolve);
    });
    expect(await refused.promise).toBeInstanceOf(AttemptTimeoutError);
  });
});

describe('a running job’s signal', () => {
  it('fires at the next beat after a cancel was requested', async () => {
    let reason: unknown;
    let after = 0;
    const { stand, id } = await run(async ({ id, signal }, stand) => {
      await sleep(lab.clock, 20_000);
      await stand.client.cancel([id], { by: 'ann' });
      const asked = lab.clock.now();
      await sleep(lab.clock, 60_000, signal).catch((error: unknown) => {
        reason = error;
        after = lab.clock.now() - asked;
        throw error;
      });
    });
    expect(reason).toBeInstanceOf(CancelRequestedError);
    expect(after).toBeLessThanOrEqual(DEFAULTS.beat);
    expect(await stand.record(id)).toMatchObject({ status: 'cancelled', attempts: 1 });
  });

  it('fires at the next beat after the lease was lost', async () => {
    let reason: unknown;
    await run(async ({ id, signal }, stand) => {
      await stand.amend(id, { token: 'theirs' });
      await sleep(lab.clock, 50_000, signal).catch((error: unknown) => {
        reason = error;
        throw error;
      });
    });
    expect(reason).toBeInstanceOf(LeaseLostError);
  });

  it('does not fire for a table that cannot be asked', async () => {
    const { stand, id } = await run(async ({ signal }, stand) => {
      using _down = failBefore(stand.wire.dynamodb, 'GetItemCommand');
      await sleep(lab.clock, 40_000, signal);
    });
    expect((await stand.record(id)).status).toBe('succeeded');
    expect(stand.lines).toContainEqual(
      expect.objectContaining({ message: 'lease not looked at', job_id: id }),
    );
  });
});
