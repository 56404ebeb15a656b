import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fail, Retry, Snooze, sleep } from '../../lib/contract/index.ts';
import { DeadlinePassedError, type JobContext } from '../../lib/worker/index.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { Lab } from './lab.ts';
import { catalog, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** A stand with one job whose deadline is `deadline` milliseconds from now; `attempts` counts the ones that began. */
async function given(handler: WorkHandler, { deadline, delay }: { deadline: number; delay?: number }) {
  const attempts: JobContext[] = [];
  const work: WorkHandler = (payload, context) => {
    attempts.push(context);
    return handler(payload, context);
  };
  const stand = await lab.stand({ catalog, handlers: { work } });
  const begin = lab.clock.now();
  const at = new Date(begin + deadline);
  const { id } = await stand.client.enqueue('work', { n: 1 }, { deadline: at, delay });
  return { stand, id, begin, attempts, record: () => stand.record(id) };
}

/** Ends only when the test does. */
const forever = () => new Promise<never>(() => undefined);

describe('a running job at its deadline', () => {
  it('is told by its signal, at that moment and with its reason', async () => {
    let told: { after: number; reason: unknown } | undefined;
    const { stand, record, begin, attempts } = await given(
      async (_, { signal }) => {
        signal.addEventListener('abort', () => {
          told = { after: lab.clock.now() - begin, reason: signal.reason };
        });
        await sleep(lab.clock, 60_000, signal);
      },
      { deadline: 3_000 },
    );
    expect(await stand.invoke()).toMatchObject({ failures: [], lost: false });
    expect(told).toEqual({ after: 3_000, reason: expect.any(DeadlinePassedError) });
    expect(attempts[0]?.deadline).toEqual(new Date(begin + 3_000));
    expect(await record()).toMatchObject({
      ...{ status: 'dead', attempts: 1, unsettled: 0 },
      error: { name: 'DeadlinePassedError' },
    });
    expect(stand.exits).toEqual([]);
  });

  it('has succeeded where it returns all the same', async () => {
    const { stand, record } = await given(
      async (_, { signal }) => {
        await sleep(lab.clock, 60_000, signal).catch(() => 'half of it');
        await sleep(lab.clock, 2_000);
        return 'half of it';
      },
      { deadline: 3_000 },
    );
    expect(await stand.invoke()).toMatchObject({ failures: [], lost: false });
    const after = await record();
    expect(after).toMatchObject({ status: 'succeeded', attempts: 1, result: '"half of it"' });
    expect(after).not.toHaveProperty('watchShard');
  });

  it('is given up five seconds later where it ignores its signal, and its process ends', async () => {
    const { stand, record, begin } = await given(forever, { deadline: 3_000 });
    expect((await stand.invoke()).lost).toBe(true);
    expect(stand.exits).toEqual([1]);
    expect(await record()).toMatchObject({ status: 'dead', error: { name: 'DeadlinePassedError' } });
    expect((await record()).endedAt).toBe(begin + 8_000);
  });

  it("is told by the type's timeout where that comes first", async () => {
    const { stand, record } = await given((_, { signal }) => sleep(lab.clock, 60_000, signal), {
      deadline: 3_600_000,
    });
    await stand.invoke();
    expect(await record()).toMatchObject({ status: 'retrying', error: { name: 'AttemptTimeoutError' } });
  });

  it('gets no more time by a heartbeat', async () => {
    const granted: unknown[] = [];
    const { stand } = await given(
      async (_, { heartbeat }) => {
        await sleep(lab.clock, 8_000);
        granted.push(await heartbeat());
        await sleep(lab.clock, 5_000);
        granted.push(await heartbeat().catch((error: unknown) => error));
      },
      { deadline: 12_000 },
    );
    await stand.invoke();
    expect(granted).toEqual([4_000, expect.any(DeadlinePassedError)]);
  });
});

describe('an attempt that fails', () => {
  it('is retried while another can start before the deadline', async () => {
    const { stand, record, attempts } = await given(
      (_, { attempt }) => {
        if (attempt === 1) throw new Retry({ after: '59s' });
      },
      { deadline: 60_000 },
    );
    await stand.invoke();
    lab.clock.advance(59_000);
    await stand.invoke();
    expect(attempts).toHaveLength(2);
    expect(await record()).toMatchObject({ status: 'succeeded', attempts: 2 });
  });

  it('is the last where none can, whatever attempts are left: dead at once, with what it threw', async () => {
    const { stand, id, record, attempts } = await given(
      () => {
        throw new Retry({ after: '60s', message: 'the partner is down' });
      },
      { deadline: 60_000 },
    );
    expect((await stand.invoke()).failures).toEqual([]);
    const after = await record();
    expect(after).toMatchObject({ status: 'dead', attempts: 1, endedAt: lab.clock.now() });
    expect(after.error).toMatchObject({
      name: 'DeadlinePassedError',
      message: expect.stringContaining('the partner is down'),
    });
    expect(after).not.toHaveProperty('watchShard');
    expect((await stand.parts(id))[0]?.['error']?.M?.['message']?.S).toBe('the partner is down');
    lab.clock.advance(3_600_000);
    expect((await stand.invoke()).received).toEqual([]);
    expect(attempts).toHaveLength(1);
    expect((await stand.client.list()).jobs).toMatchObject([{ id }]);
  });

  it('for good is dead of its own error', async () => {
    const { stand, record } = await given(
      () => {
        throw new Fail('no such customer');
      },
      { deadline: 1_000 },
    );
    await stand.invoke();
    expect(await record()).toMatchObject({ status: 'dead', error: { name: 'Fail' } });
  });

  it('is cancelled where that was asked for', async () => {
    const { stand, record } = await given(
      async (_, { id }) => {
        await stand.client.cancel([id]);
        throw new Error('aborted');
      },
      { deadline: 1_000 },
    );
    await stand.invoke();
    expect(await record()).toMatchObject({ status: 'cancelled' });
  });
});

describe('a job that waits past its deadline', () => {
  it('expires instead of starting', async () => {
    const { stand, id, record, attempts } = await given(() => undefined, { deadline: 60_000 });
    lab.clock.advance(60_000);
    expect((await stand.invoke()).failures).toEqual([]);
    expect(attempts).toEqual([]);
    const after = await record();
    expect(after).toMatchObject({ status: 'expired', attempts: 0, endedAt: lab.clock.now() });
    expect(after).not.toHaveProperty('watchShard');
    expect((await stand.client.list({ status: 'expired' })).jobs).toMatchObject([{ id, status: 'expired' }]);
    expect((await stand.client.list()).jobs).toEqual([]);
  });

  it('starts a millisecond before it', async () => {
    const { stand, attempts } = await given(() => undefined, { deadline: 60_000 });
    lab.clock.advance(59_999);
    await stand.invoke();
    expect(attempts).toHaveLength(1);
  });

  it('expires at it where it snoozed for longer', async () => {
    const { stand, record, attempts, begin } = await given(
      () => {
        throw new Snooze({ for: '10m' });
      },
      { deadline: 60_000 },
    );
    await stand.invoke();
    expect(await record()).toMatchObject({ status: 'scheduled', runAt: begin + 60_000, attempts: 0 });
    lab.clock.advance(60_000);
    await stand.invoke();
    expect(attempts).toHaveLength(1);
    expect(await record()).toMatchObject({ status: 'expired', attempts: 0 });
  });

  it('does not start where the claim took until then: released, and expired when its message returns', async () => {
    const { stand, record, attempts } = await given(() => undefined, { deadline: 2_000 });
    const claim = meddle(stand.wire.dynamodb, 'UpdateItemCommand', ({ nth, call }) => {
      if (nth === 1) lab.clock.advance(2_000);
      return call();
    });
    await stand.invoke();
    claim.stop();
    expect(attempts).toEqual([]);
    expect(await record()).toMatchObject({ status: 'queued', unsettled: 0 });
    lab.clock.advance(1_000);
    await stand.invoke();
    expect(attempts).toEqual([]);
    expect(await record()).toMatchObject({ status: 'expired', attempts: 0 });
  });
});
