import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS, type Envelope, isFar, LIMITS } from '../../lib/contract/index.ts';
import type { JobRecord } from '../../lib/state/index.ts';
import { failAfter, failBefore, meddle } from '../faults/sdk-faults.ts';
import { Lab } from '../worker/lab.ts';
import { System } from './system.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const now = () => lab.clock.now();
const running = (leaseUntil: number, unsettled = 1) =>
  ({ status: 'running', token: 'theirs', holder: 'theirs', leaseUntil, unsettled }) as const;

/** A job whose message lies in the dead-letter queue, and its record, changed. */
async function given(
  change: (record: JobRecord, nonce: string) => Partial<JobRecord>,
  altered: Partial<Envelope> = {},
) {
  const system = await System.of(lab);
  const { id } = await system.stand.client.enqueue('work', { n: 1 }, { tenant: 'acme' });
  const [found] = await system.stand.messages();
  if (!found) throw new Error('a message was sent');
  const before = await system.stand.amend(id, change(await system.stand.record(id), found.envelope.nonce));
  const Body = JSON.stringify({ ...found.envelope, ...altered });
  await system.send(Body);
  return { system, id, before, read: () => system.stand.table.get(id) };
}

describe('a dead letter that has nothing left to do is deleted, and the record stays as it is', () => {
  it.each<[string, () => Partial<JobRecord>, Partial<Envelope>?]>([
    ['of a deleted job', () => ({}), { id: 'deleted' }],
    ['of an earlier record of the id', () => ({ gen: '01ANOTHER' })],
    ['of a job that has ended', () => ({ status: 'succeeded' })],
    ['behind the record by two', () => ({ dispatch: 2 })],
    ['behind the record by one, of another holder', () => ({ dispatch: 1, holder: 'other' })],
    ['whose job another copy runs', () => running(now() + 1_000)],
    ['of a job that waits for others', () => ({ status: 'blocked' })],
  ])('%s', async (_, change, altered) => {
    const { system, before, read } = await given(change, altered);
    expect((await system.record()).failures).toEqual([]);
    expect(await read()).toEqual(before);
  });
});

describe('a dead letter that the job still needs is brought back through the outbox', () => {
  it.each<[string, (nonce: string) => Partial<JobRecord>, Partial<JobRecord>]>([
    ['of a waiting job', () => ({}), { status: 'queued', dispatch: 1, out: 1, hops: 1 }],
    [
      'of a job to be retried',
      () => ({ status: 'retrying', attempts: 2, holder: 'old', token: 'old' }),
      { status: 'retrying', dispatch: 1, out: 1, attempts: 2 },
    ],
    [
      'of a job whose lease lapsed',
      () => ({ ...running(now() - 1), runAt: now() - 5_000 }),
      { status: 'queued', dispatch: 1, out: 1, unsettled: 1, attempts: 0 },
    ],
    [
      'whose next dispatch may never have been sent',
      (nonce) => ({ status: 'retrying', dispatch: 1, attempts: 1, holder: nonce }),
      { status: 'retrying', dispatch: 2, out: 2, attempts: 1 },
    ],
    [
      'of a job that is not due yet',
      () => ({ status: 'scheduled', runAt: now() + 60_000 }),
      { status: 'scheduled', dispatch: 1, out: 1 },
    ],
    [
      'of a job that is not due for long',
      () => ({ status: 'scheduled', runAt: now() + 2 * LIMITS.sqsDelay }),
      { status: 'scheduled', dispatch: 1, out: 1 },
    ],
  ])('%s', async (_, change, shows) => {
    const { system, before, read } = await given((__, nonce) => change(nonce));
    expect((await system.record()).failures).toEqual([]);
    const after = await read();
    expect(after).toMatchObject({ hops: (before.hops ?? 0) + 1, ...shows });
    expect(after).not.toHaveProperty('token');
    expect(after).not.toHaveProperty('holder');
    expect(after?.runAt).toBe(before.status === 'running' ? now() : before.runAt);
    await system.followNew();
    const far = isFar(after?.runAt ?? 0, now());
    expect(system.sent).toBe(far ? 0 : 1);
    expect(await system.stand.standing()).toHaveLength(far ? 1 : 0);
  });

  it.each([
    ['at once the first time', 0, 0],
    ['after 5 minutes the second time', 1, 5],
    ['after 20 minutes the third time', 2, 20],
    ['after 80 minutes then', 3, 80],
    ['after 320 minutes the last time', 4, 320],
  ])('%s', async (_, hops, minutes) => {
    for (const change of [() => ({ hops }), () => ({ hops, ...running(now() - 1) })]) {
      const { system, read } = await given(change);
      expect((await system.record()).failures).toEqual([]);
      const due = now() + minutes * 60_000;
      expect(await read()).toMatchObject({
        status: 'queued',
        dispatch: 1,
        out: 1,
        hops: hops + 1,
        runAt: due,
      });
      await system.followNew();
      await lab.pass(minutes * 60_000);
      await system.stand.drain();
      expect(await read()).toMatchObject({ status: 'succeeded', startedAt: due, dispatch: 1 });
    }
  });

  it('never later than leaves it time before its deadline', async () => {
    const { system, read } = await given(() => ({ hops: 4, deadline: now() + 600_000 }));
    await system.record();
    expect(await read()).toMatchObject({ hops: 5, runAt: now() + 300_000 });
  });

  it('and runs then, its attempts as they were', async () => {
    const { system, id } = await given(() => ({ attempts: 1 }));
    await system.record();
    await system.followNew();
    await system.stand.drain();
    expect(await system.stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 2, dispatch: 1 });
  });

  it('up to a bound of hops; then the job is dead, with its reason', async () => {
    const { system, id, read } = await given(() => ({ hops: DEFAULTS.hopLimit }));
    expect((await system.record()).failures).toEqual([]);
    expect(await read()).toMatchObject({
      ...{ status: 'dead', attempts: 0, deadAt: now() },
      error: { name: 'HopsExhaustedError' },
    });
    expect((await system.stand.client.list()).jobs.map((job) => job.id)).toEqual([id]);
    expect(system.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: 'job settled',
        outcome: 'dead',
        error_name: 'HopsExhaustedError',
        error_message: expect.stringContaining('came back from its dead-letter queue too often'),
        job_id: id,
        job_type: 'work',
        tenant: 'acme',
      }),
    );
  });
});

describe('a dead letter that ends its job', () => {
  it.each<[string, () => Partial<JobRecord>, JobRecord['status']]>([
    ['cancel requested, waiting', () => ({ cancelRequested: true }), 'cancelled'],
    ['cancel requested, lapsed', () => ({ ...running(now() - 1), cancelRequested: true }), 'cancelled'],
    ['deadline passed', () => ({ deadline: now() }), 'expired'],
    ['deadline passed, lapsed', () => ({ ...running(now() - 1), deadline: now() }), 'dead'],
    ['lease lost too often', () => running(now() - 1, DEFAULTS.lapseLimit), 'dead'],
  ])('%s', async (_, change, status) => {
    const { system, read } = await given(change);
    expect((await system.record()).failures).toEqual([]);
    expect(await read()).toMatchObject({ status, dispatch: 0 });
    await system.followNew();
    expect(system.sent).toBe(0);
  });
});

describe('a dead letter that has to wait', () => {
  it('for the lease of its own worker: comes back when that ends', async () => {
    const { system, before, read } = await given((_, nonce) => ({
      ...running(now() + 30_000),
      holder: nonce,
    }));
    const { received, failures } = await system.record();
    expect(failures).toEqual(received.map(({ MessageId }) => MessageId));
    expect(await read()).toEqual(before);
    lab.clock.advance(30_000);
    expect((await system.record()).received).toEqual([]);
    lab.clock.advance(1_000);
    expect((await system.record()).failures).toEqual([]);
    expect(await read()).toMatchObject({ status: 'queued', dispatch: 1, out: 1 });
  });

  it('for a table that is behind it: looked at four times a day, with an alarm each time', async () => {
    const { system, id, before, read } = await given(() => ({}), { dispatch: 4 });
    expect((await system.record()).failures).toHaveLength(1);
    expect(await read()).toEqual(before);
    const loud = () => system.lines.filter(({ message }) => message === 'message ahead of its record');
    expect(loud()).toMatchObject([{ level: 'error', job_id: id, dispatch: 4 }]);
    lab.clock.advance(6 * 3_600_000 - 1_000);
    expect((await system.record()).received).toEqual([]);
    lab.clock.advance(1_000);
    expect((await system.record()).received).toHaveLength(1);
    expect(loud()).toHaveLength(2);
  });

  it.each(['GetItemCommand', 'TransactWriteItemsCommand'])(
    'for a table that does not answer: %s',
    async (command) => {
      const { system, before, read } = await given(() => ({}));
      const down = failBefore(system.wire.dynamodb, command);
      expect((await system.record()).failures).toHaveLength(1);
      expect(await read()).toEqual(before);
      down.stop();
      lab.clock.advance(60_000);
      expect((await system.record()).failures).toEqual([]);
      expect(await read()).toMatchObject({ out: 1 });
    },
  );

  it('decides anew when the record moved on under its eyes', async () => {
    const { system, id, read } = await given(() => ({}));
    using _moved = meddle(system.wire.dynamodb, 'TransactWriteItemsCommand', async ({ nth, call }) => {
      if (nth === 1) await system.stand.amend(id, { status: 'succeeded', dispatch: 0 });
      return call();
    });
    expect((await system.record()).failures).toEqual([]);
    expect(await read()).toMatchObject({ status: 'succeeded', dispatch: 0 });
  });

  it('is not the last of a job that its worker, given up, hands back meanwhile: it is brought back', async () => {
    const { system, id, read } = await given(() => running(now() - 1));
    using _moved = meddle(system.wire.dynamodb, 'TransactWriteItemsCommand', async ({ nth, call }) => {
      if (nth === 1) await system.stand.amend(id, { status: 'queued', token: undefined, unsettled: 0 });
      return call();
    });
    expect((await system.record()).failures).toEqual([]);
    expect(await read()).toMatchObject({ status: 'queued', dispatch: 1, out: 1, hops: 1 });
  });

  it('is filed once when the answer to its write was lost', async () => {
    const { system, read } = await given(() => ({}));
    using _lost = failAfter(system.wire.dynamodb, 'TransactWriteItemsCommand', 1);
    expect((await system.record()).failures).toHaveLength(1);
    lab.clock.advance(60_000);
    expect((await system.record()).failures).toEqual([]);
    expect(await read()).toMatchObject({ dispatch: 1, hops: 1 });
  });
});

describe('a dead letter that nobody can read', () => {
  it('is quarantined, and an operator can list it', async () => {
    const system = await System.of(lab);
    const bodies = ['hello', '{"v":9}', '{"Records":[]}', '"\\ud800"'];
    for (const body of bodies) await system.send(body);
    const { received, failures } = await system.record();
    expect(received).toHaveLength(4);
    expect(failures).toEqual([]);
    const { messages } = await system.stand.client.listQuarantined();
    expect(messages.map(({ body }) => body).sort()).toEqual(bodies.sort());
    expect(messages[0]).toMatchObject({
      source: system.deadLetters.arn,
      quarantinedAt: now(),
      sentAt: now(),
    });
    expect(messages.find(({ body }) => body === 'hello')?.reason).toContain('not JSON');
    expect(system.lines.filter(({ message }) => message === 'message quarantined')).toHaveLength(4);
  });

  it('is kept until it is filed, whole', async () => {
    const system = await System.of(lab);
    const body = 'x'.repeat(300_000);
    await system.send(body);
    const down = failBefore(system.wire.dynamodb, 'PutItemCommand', 3);
    expect((await system.record()).failures).toHaveLength(1);
    expect((await system.stand.client.listQuarantined()).messages).toEqual([]);
    down.stop();
    lab.clock.advance(60_000);
    expect((await system.record()).failures).toEqual([]);
    expect((await system.stand.client.listQuarantined()).messages).toMatchObject([
      { body: body.slice(0, 90_000) },
    ]);
    const [listed] = (await system.stand.client.listQuarantined()).messages;
    expect(await system.stand.client.getQuarantined(listed?.messageId ?? '')).toMatchObject({ body });
    expect(await system.stand.client.getQuarantined('another')).toBeUndefined();
  });

  it('holds up none of its batch', async () => {
    const { system, read } = await given(() => ({}));
    await system.send('hello');
    expect((await system.record()).failures).toEqual([]);
    expect(await read()).toMatchObject({ out: 1 });
  });
});
