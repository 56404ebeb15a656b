import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS, ENV } from '../../lib/contract/index.ts';
import { createSweeper } from '../../lib/lifecycle/index.ts';
import { decideSweep, type SweepDecision } from '../../lib/lifecycle/sweep-decision.ts';
import type { JobRecord } from '../../lib/state/index.ts';
import { queuedRecord } from '../conformance/job-writes.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import { catalog } from '../worker/work.ts';

const DAY = 86_400_000;
const RETENTION = 14 * DAY;

describe('what the sweeper decides about a record', () => {
  const base = queuedRecord('a');
  const now = base.runAt + RETENTION + 1;
  const rules = { now, messageRetention: RETENTION, lapseLimit: 3, hopLimit: 5 };
  const running = { status: 'running', leaseUntil: base.runAt, unsettled: 1 } as const;

  it('tells a cancel of what lost its messages from one of what is overdue, whose message may be there', () => {
    const asked = { ...base, ...running, cancelRequested: true } as const;
    expect(decideSweep(asked, rules)).toEqual({ do: 'cancel', overdue: false });
    const overdue = { ...asked, leaseUntil: now - 1, deadline: now };
    expect(decideSweep(overdue, rules)).toEqual({ do: 'cancel', overdue: true });
  });

  it.each<[string, Partial<JobRecord>, SweepDecision['do']]>([
    ['quiet for longer than a message can exist', {}, 'redispatch'],
    ['to be retried, as quiet', { status: 'retrying' }, 'redispatch'],
    ['running, its lease as long ago', running, 'redispatch'],
    ['as old as a message can be', { runAt: base.runAt + 1 }, 'nothing'],
    ['running with a lease since', { ...running, leaseUntil: now - RETENTION }, 'nothing'],
    ['due only since', { status: 'scheduled', runAt: now - DAY }, 'nothing'],
    ['cancel requested, as quiet', { ...running, cancelRequested: true }, 'cancel'],
    ['cancel requested, not as quiet', { ...running, leaseUntil: now - 1, cancelRequested: true }, 'nothing'],
    ['lease lost too often', { ...running, unsettled: 3 }, 'bury'],
    ['brought back too often', { hops: 5 }, 'bury'],
    ['deadline passed, however fresh', { runAt: now, deadline: now }, 'expire'],
    ['deadline passed, waiting for others', { status: 'blocked', deadline: now }, 'expire'],
    ['deadline passed while running', { ...running, leaseUntil: now, deadline: now }, 'nothing'],
    ['deadline passed, lapsed', { ...running, leaseUntil: now - 1, deadline: now }, 'bury'],
    ['deadline passed, cancel requested', { runAt: now, deadline: now, cancelRequested: true }, 'cancel'],
    ['deadline not passed', { runAt: now, deadline: now + 1 }, 'nothing'],
    ['deadline passed long ago, ended since', { status: 'succeeded', deadline: 1 }, 'nothing'],
    ['waiting for others', { status: 'blocked' }, 'nothing'],
    ['succeeded', { status: 'succeeded' }, 'nothing'],
    ['dead', { status: 'dead' }, 'nothing'],
  ])('%s', (_, change, decision) => {
    expect(decideSweep({ ...base, ...change }, rules).do).toBe(decision);
  });
});

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

async function given() {
  const stand = await lab.stand({ catalog, handlers: { work: () => undefined } });
  const wire = lab.open();
  const { logger, lines } = recordedLog();
  const handler = createSweeper({
    env: { ...stand.environment, [ENV.messageRetention]: String(RETENTION / 1000) },
    ...{ dynamodb: wire.dynamodb, logger, clock: lab.clock, chance: stand.chance },
  });
  const sweep = (remaining = 900_000) => handler({}, { getRemainingTimeInMillis: () => remaining });
  const enqueue = async (change: Partial<JobRecord> = {}) => {
    const { id } = await stand.client.enqueue('work', { n: 1 });
    await stand.amend(id, change);
    return id;
  };
  return { stand, wire, lines, sweep, enqueue };
}

describe('a sweep', () => {
  it('dispatches again through the outbox what no message can bring back, and touches nothing else', async () => {
    const { stand, lines, sweep, enqueue } = await given();
    const now = lab.clock.now();
    const lost = await enqueue({ runAt: now - RETENTION - 1, enqueuedAt: now - RETENTION - 1 });
    const lapsed = await enqueue({
      ...{ status: 'running', token: 't', holder: 'n', unsettled: 1, runAt: 0, enqueuedAt: 0 },
      leaseUntil: now - RETENTION - 1,
    });
    const others = [await enqueue(), await enqueue({ status: 'succeeded', runAt: 0, enqueuedAt: 0 })];
    const before = await Promise.all(others.map((id) => stand.record(id)));
    expect(await sweep()).toMatchObject({ mended: 2, finished: true });
    for (const id of [lost, lapsed]) {
      const record = await stand.record(id);
      expect(record).toMatchObject({ status: 'queued', dispatch: 1, out: 1, hops: 1, runAt: now });
      expect(record).not.toHaveProperty('token');
      expect(lines).toContainEqual(
        expect.objectContaining({ level: 'warn', job_id: id, message: 'job mended' }),
      );
    }
    expect(await Promise.all(others.map((id) => stand.record(id)))).toEqual(before);
  });

  it('ends what can only be ended', async () => {
    const { stand, sweep, enqueue } = await given();
    const long = { runAt: 0, enqueuedAt: 0 };
    const ids = [
      await enqueue({ deadline: lab.clock.now() }),
      await enqueue({ ...long, cancelRequested: true }),
      await enqueue({ ...long, hops: DEFAULTS.hopLimit }),
      await enqueue({ ...long, status: 'running', leaseUntil: 1, unsettled: DEFAULTS.lapseLimit }),
    ];
    expect(await sweep()).toMatchObject({ mended: 4 });
    const records = await Promise.all(ids.map((id) => stand.record(id)));
    expect(records.map(({ status }) => status)).toEqual(['expired', 'cancelled', 'dead', 'dead']);
    expect((await stand.client.list()).jobs).toHaveLength(2);
  });

  it('holds each write against the record as it is: a claim since the scan wins', async () => {
    const { stand, wire, sweep, enqueue } = await given();
    const id = await enqueue({ runAt: 0, enqueuedAt: 0 });
    using _claimed = meddle(wire.dynamodb, 'TransactWriteItemsCommand', async ({ nth, call }) => {
      const leaseUntil = lab.clock.now() + 25_000;
      if (nth === 1) await stand.amend(id, { status: 'running', token: 't', holder: 'n', leaseUntil });
      return call();
    });
    expect(await sweep()).toMatchObject({ mended: 0 });
    expect(await stand.record(id)).toMatchObject({ status: 'running', dispatch: 0 });
  });

  it('goes round once a day, and on request', async () => {
    const { sweep, wire } = await given();
    expect(await sweep()).toMatchObject({ finished: true });
    const scans = () => wire.names.filter((name) => name === 'Scan').length;
    expect(scans()).toBe(1);
    await sweep();
    expect(scans()).toBe(1);
    lab.clock.advance(DEFAULTS.sweepRound);
    await sweep();
    expect(scans()).toBe(2);
  });

  it('mends some at the same time, so that a page of losses fits an invocation', async () => {
    const { stand, sweep, wire } = await given();
    const entries = Array.from({ length: 40 }, (_, n) => ({ job: 'work' as const, payload: { n } }));
    await stand.client.enqueueMany(entries);
    lab.clock.advance(RETENTION + 1);
    let [now, most] = [0, 0];
    using _counted = meddle(wire.dynamodb, 'TransactWriteItemsCommand', async ({ call }) => {
      now += 1;
      most = Math.max(most, now);
      return call().finally(() => {
        now -= 1;
      });
    });
    expect(await sweep()).toMatchObject({ mended: 40, failed: 0, finished: true });
    expect(most).toBe(16);
  });

  it('stops in time, and goes on behind where it stopped', async () => {
    const { stand, sweep, wire } = await given();
    const entries = Array.from({ length: 600 }, (_, n) => ({ job: 'work' as const, payload: { n } }));
    await stand.client.enqueueMany(entries);
    lab.clock.advance(RETENTION + 1);
    expect(await sweep(1_000)).toMatchObject({ scanned: 500, finished: false });
    expect(await sweep(1_000)).toMatchObject({ finished: true });
    expect(wire.names.filter((name) => name === 'TransactWriteItems')).toHaveLength(600);
  });
});
