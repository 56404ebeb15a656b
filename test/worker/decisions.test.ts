import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DEFAULTS, defineCatalog, defineJob, type Envelope, Fail, LIMITS } from '../../lib/contract/index.ts';
import type { JobRecord } from '../../lib/state/index.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { Lab } from './lab.ts';
import { catalog, LEASE, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** A job whose record, or whose message, was changed before the message is worked on. */
async function given(
  change: (record: JobRecord, nonce: string) => Partial<JobRecord>,
  altered: Partial<Envelope> = {},
) {
  const executed: number[] = [];
  const stand = await lab.stand({ catalog, handlers: { work: ({ n }) => void executed.push(n) } });
  const { id } = await stand.client.enqueue('work', { n: 1 }, { tenant: 'acme' });
  const [found] = await stand.messages();
  if (!found) throw new Error('a message was sent');
  const { message, envelope } = found;
  const before = await stand.amend(id, change(await stand.record(id), envelope.nonce));
  const Body = JSON.stringify({ ...envelope, ...altered });
  const invoked = await stand.deliver([{ ...message, Body }]);
  const left = invoked.failures.length > 0;
  const after = await stand.table.get(id);
  return { stand, id, executed, before, after, left, envelope };
}

const now = () => lab.clock.now();
const running = (leaseUntil: number, unsettled = 1) =>
  ({ status: 'running', token: 'theirs', holder: 'theirs', leaseUntil, unsettled }) as const;

describe('a message that has nothing left to do is acknowledged, and the record stays as it is', () => {
  it.each<[string, () => Partial<JobRecord>]>([
    ['of an earlier record of the id', () => ({ gen: '01ANOTHER' })],
    ['of a job that succeeded', () => ({ status: 'succeeded', token: 'theirs' })],
    ['of a dead job', () => ({ status: 'dead', token: 'theirs' })],
    ['of a cancelled job', () => ({ status: 'cancelled' })],
    ['of an expired job', () => ({ status: 'expired' })],
    ['of a job that waits for others', () => ({ status: 'blocked' })],
    ['that another copy holds the lease of', () => running(now() + 1_000)],
    ['behind the record by two', () => ({ dispatch: 2, status: 'retrying' })],
    ['behind the record by one, sent by another message', () => ({ dispatch: 1, holder: 'other' })],
    ['behind the record by one, in the outbox', () => ({ dispatch: 1, out: 1 })],
  ])('%s', async (_, change) => {
    const { stand, executed, before, after, left } = await given(change);
    expect({ executed, left }).toEqual({ executed: [], left: false });
    expect(after).toEqual(before);
    expect(stand.wire.names).not.toContain('SendMessage');
  });

  it('of a job that was deleted', async () => {
    const { executed, before, after, left } = await given(() => ({}), { id: 'deleted' });
    expect({ executed, left }).toEqual({ executed: [], left: false });
    expect(after).toEqual(before);
  });
});

describe('a message behind its record whose nonce is the holder', () => {
  it.each(['retrying', 'scheduled', 'queued'] as const)(
    'sends the next dispatch again: %s',
    async (status) => {
      const runAt = now() + 7_000;
      const { stand, before, after, left, envelope } = await given((_, nonce) => ({
        ...{ status, dispatch: 1, attempts: 1, holder: nonce, runAt },
      }));
      expect(left).toBe(false);
      expect(after).toEqual(before);
      lab.clock.advance(7_000);
      const [next] = await stand.messages();
      expect(next?.envelope).toMatchObject({
        ...{ id: envelope.id, gen: envelope.gen, dispatch: 1, attempts: 1, runAt },
        ...{ tenant: 'acme', payload: { n: 1 } },
      });
      expect(next?.envelope.nonce).not.toBe(envelope.nonce);
    },
  );
});

describe('a message ahead of its record', () => {
  it('is left, and said loudly: somebody restored the table', async () => {
    const { stand, id, executed, before, after, left } = await given(() => ({}), { dispatch: 5 });
    expect({ executed, left }).toEqual({ executed: [], left: true });
    expect(after).toEqual(before);
    const loud = stand.lines.filter(({ message }) => message === 'message ahead of its record');
    expect(loud).toMatchObject([{ level: 'error', job_id: id }]);
    lab.clock.advance(LIMITS.sqsDelay - 1);
    expect((await stand.invoke()).received).toEqual([]);
    lab.clock.advance(1);
    expect((await stand.invoke()).received).toHaveLength(1);
  });
});

describe('a cancel that was requested', () => {
  it('while the job waits, ends it unexecuted', async () => {
    const { executed, after, left } = await given(() => ({ cancelRequested: true }));
    expect({ executed, left }).toEqual({ executed: [], left: false });
    expect(after).toMatchObject({ status: 'cancelled', attempts: 0, endedAt: now() });
    expect(after?.expiresAt).toBe(Math.ceil(now() / 1000) + 86_400);
  });

  it('before the lease lapsed, ends it without another execution', async () => {
    const { executed, after, left } = await given(() => ({ ...running(now() - 1), cancelRequested: true }));
    expect({ executed, left }).toEqual({ executed: [], left: false });
    expect(after).toMatchObject({ status: 'cancelled', attempts: 0 });
  });

  it.each<[string, WorkHandler, JobRecord['status']]>([
    ['is settled as cancelled instead of retried', () => Promise.reject(new Error('no')), 'cancelled'],
    ['stays dead when the handler says so', () => Promise.reject(new Fail('no')), 'dead'],
    ['succeeds all the same when its work is done', () => 'done', 'succeeded'],
  ])('while it runs: it %s', async (_, ends, status) => {
    const stand = await lab.stand({
      catalog,
      handlers: {
        work: async (payload, context) => {
          await stand.amend(context.id, { cancelRequested: true });
          return ends(payload, context);
        },
      },
    });
    const { id } = await stand.client.enqueue('work', { n: 1 });
    expect((await stand.invoke()).failures).toEqual([]);
    expect(await stand.record(id)).toMatchObject({ status, attempts: 1, unsettled: 0, dispatch: 0 });
    expect(await stand.messages()).toEqual([]);
  });
});

describe('a cancel that the last attempt heeds', () => {
  it('ends the job cancelled, not dead', async () => {
    const once = defineJob({ name: 'once', schema: z.object({}), retry: { maxAttempts: 1 } });
    const stand = await lab.stand({
      catalog: defineCatalog([once]),
      handlers: {
        once: async (_, { id }) => {
          await stand.amend(id, { cancelRequested: true });
          throw new Error('aborted');
        },
      },
    });
    const { id } = await stand.client.enqueue('once', {});
    expect((await stand.invoke()).failures).toEqual([]);
    expect(await stand.record(id)).toMatchObject({ status: 'cancelled', attempts: 1, unsettled: 0 });
    expect((await stand.client.list()).jobs).toEqual([]);
  });
});

describe('a job that nobody executes any more, and whose record moves on before its end is written', () => {
  it.each<[string, () => Partial<JobRecord>, () => Partial<JobRecord>, JobRecord['status']]>([
    [
      'because its worker, given up, hands it back',
      () => ({ ...running(now() - 1), cancelRequested: true }),
      () => ({ status: 'queued', token: undefined, unsettled: 0 }),
      'cancelled',
    ],
    [
      'because its worker, given up, prolongs its lease',
      () => running(now() - 1, DEFAULTS.lapseLimit),
      () => ({ leaseUntil: now() + 60_000 }),
      'dead',
    ],
  ])('%s: its message stays, and ends it in the end', async (_, change, meanwhile, status) => {
    const stand = await lab.stand({ catalog, handlers: { work: () => undefined } });
    const { id } = await stand.client.enqueue('work', { n: 1 });
    const [found] = await stand.messages();
    await stand.amend(id, { ...change(), holder: found?.envelope.nonce });
    const moved = meddle(stand.wire.dynamodb, 'TransactWriteItemsCommand', async ({ nth, call }) => {
      if (nth === 1) await stand.amend(id, meanwhile());
      return call();
    });
    const message = found?.message ?? {};
    expect((await stand.deliver([message])).failures).toEqual([message.MessageId]);
    expect(await stand.record(id)).not.toHaveProperty('endedAt');
    moved.stop();
    await stand.drain();
    expect(await stand.record(id)).toMatchObject({ status, attempts: 0 });
  });
});

describe('a deadline that passed', () => {
  it.each<[string, () => Partial<JobRecord>, JobRecord['status']]>([
    ['before the job started: expired', () => ({ deadline: now() }), 'expired'],
    ['while its lease lapsed: dead', () => ({ ...running(now() - 1), deadline: now() }), 'dead'],
  ])('%s', async (_, change, status) => {
    const { executed, after, left } = await given(change);
    expect({ executed, left }).toEqual({ executed: [], left: false });
    expect(after).toMatchObject({ status, attempts: 0 });
  });

  it('is no deadline before it passed', async () => {
    const { executed } = await given(() => ({ deadline: now() + 1 }));
    expect(executed).toEqual([1]);
  });
});

describe('a message that comes too early', () => {
  it('by up to 15 minutes is left until the job is due', async () => {
    const { stand, executed, before, after, left } = await given(() => ({
      ...{ status: 'scheduled', runAt: now() + LIMITS.sqsDelay },
    }));
    expect({ executed, left }).toEqual({ executed: [], left: true });
    expect(after).toEqual(before);
    lab.clock.advance(LIMITS.sqsDelay - 1);
    expect((await stand.invoke()).received).toEqual([]);
    lab.clock.advance(1);
    await stand.invoke();
    expect(executed).toEqual([1]);
  });

  it('by more goes to the outbox as the next dispatch, no attempt burnt, and nobody holds it', async () => {
    const runAt = now() + LIMITS.sqsDelay + 1;
    const { stand, executed, after, left } = await given(() => ({
      ...{ status: 'scheduled', token: 'old', holder: 'old', runAt },
    }));
    expect({ executed, left }).toEqual({ executed: [], left: false });
    expect(after).toMatchObject({ status: 'scheduled', dispatch: 1, out: 1, attempts: 0, runAt });
    expect(after).not.toHaveProperty('token');
    expect(after).not.toHaveProperty('holder');
    expect(stand.wire.names).not.toContain('SendMessage');
  });

  it('does not lose the job’s lease rules: a lapsed lease is claimed whatever runAt says', async () => {
    const { executed, after } = await given(() => ({ ...running(now() - LEASE), runAt: now() + 60_000 }));
    expect(executed).toEqual([1]);
    expect(after).toMatchObject({ status: 'succeeded', attempts: 1, unsettled: 1 });
  });
});
