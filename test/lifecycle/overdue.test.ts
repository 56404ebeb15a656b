import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS, ENV } from '../../lib/contract/index.ts';
import { createSweeper } from '../../lib/lifecycle/index.ts';
import { lookAfterOverdue } from '../../lib/lifecycle/overdue.ts';
import { type JobRecord, WatchIndex } from '../../lib/state/index.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import { catalog } from '../worker/work.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const RETENTION = 18 * DAY;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

async function given() {
  const executed: number[] = [];
  const stand = await lab.stand({
    catalog,
    handlers: { work: ({ n }: { n: number }) => void executed.push(n) },
  });
  const wire = lab.open();
  const { logger, lines } = recordedLog();
  const common = { logger, clock: lab.clock, chance: stand.chance };
  const handler = createSweeper({
    env: { ...stand.environment, [ENV.messageRetention]: String(RETENTION / 1_000) },
    ...{ ...common, dynamodb: wire.dynamodb },
  });
  const index = new WatchIndex({ client: wire.dynamodb, tableName: stand.tableName });
  const { lapseLimit, hopLimit } = DEFAULTS;
  /** One look at most at so many jobs, without the round over the table. */
  const look = (limit: number, until = Number.POSITIVE_INFINITY) =>
    lookAfterOverdue(
      {
        ...{ ...common, table: stand.table, retention: DAY, deadRetention: 2 * DAY },
        rules: { messageRetention: RETENTION, lapseLimit, hopLimit },
      },
      { index, limit, until },
    );
  const enqueue = async (deadline: number, change: Partial<JobRecord> = {}) => {
    const at = new Date(lab.clock.now() + deadline);
    const { id } = await stand.client.enqueue('work', { n: 1 }, { deadline: at });
    await stand.amend(id, change);
    return id;
  };
  const watched = async () => {
    const ids: string[] = [];
    for await (const page of index.due({ now: Number.MAX_SAFE_INTEGER, page: 100 })) ids.push(...page);
    return ids;
  };
  const sweep = (remaining = 900_000) => handler({}, { getRemainingTimeInMillis: () => remaining });
  return { stand, wire, lines, executed, sweep, look, enqueue, watched };
}

describe('a job whose deadline passes while nobody takes its message', () => {
  it('is ended by the next run of the sweeper, whenever the last round over the table was', async () => {
    const { stand, wire, lines, executed, sweep, enqueue, watched } = await given();
    expect(await sweep()).toMatchObject({ finished: true, overdue: 0, caughtUp: true });
    const ids = [await enqueue(HOUR), await enqueue(3 * HOUR)];
    const [passed = '', ahead = ''] = ids;
    lab.clock.advance(HOUR - 1);
    expect(await sweep()).toMatchObject({ overdue: 0, mended: 0 });
    lab.clock.advance(1);
    expect(await sweep()).toMatchObject({ overdue: 1, mended: 1, failed: 0, caughtUp: true });
    expect(wire.names.filter((name) => name === 'Scan')).toHaveLength(1);
    expect(await stand.record(passed)).toMatchObject({ status: 'expired', endedAt: lab.clock.now() });
    expect(await stand.record(ahead)).toMatchObject({ status: 'queued' });
    expect(lines).toContainEqual(
      expect.objectContaining({ message: 'job mended', job_id: passed, mended: 'expire' }),
    );
    expect(await watched()).toEqual([ahead]);
    expect((await stand.client.list({ status: 'expired' })).jobs).toMatchObject([{ id: passed }]);
    expect(await stand.client.history(passed)).toMatchObject([
      { to: 'queued' },
      { from: 'queued', to: 'expired', why: 'the deadline passed' },
    ]);

    // Its message comes all the same, once the queue is resumed.
    expect((await stand.invoke()).failures).toEqual([]);
    expect(executed).toEqual([1]);
    expect((await stand.record(passed)).status).toBe('expired');
    expect((await stand.record(ahead)).status).toBe('succeeded');
    expect(await watched()).toEqual([]);
  });

  it.each<[string, Partial<JobRecord>, JobRecord['status']]>([
    ['to be retried: expired', { status: 'retrying', attempts: 2 }, 'expired'],
    ['delayed: expired', { status: 'scheduled' }, 'expired'],
    ['waiting for others: expired', { status: 'blocked' }, 'expired'],
    ['cancel requested: cancelled', { cancelRequested: true }, 'cancelled'],
    ['left by its worker: dead', { status: 'running', token: 't', leaseUntil: 1, unsettled: 1 }, 'dead'],
  ])('is ended where it is %s', async (_, change, status) => {
    const { stand, sweep, enqueue, watched } = await given();
    const id = await enqueue(HOUR, change);
    lab.clock.advance(HOUR);
    expect(await sweep()).toMatchObject({ overdue: 1, mended: 1 });
    expect(await stand.record(id)).toMatchObject({ status, attempts: change.attempts ?? 0 });
    expect(await watched()).toEqual([]);
  });

  it('is told apart, where it is cancelled for its deadline, from one that lost its messages', async () => {
    const { lines, sweep, enqueue } = await given();
    const left = { status: 'running', token: 't', holder: 'n', unsettled: 1, cancelRequested: true } as const;
    const id = await enqueue(HOUR, { ...left, leaseUntil: lab.clock.now() + HOUR - 1 });
    const lost = await enqueue(40 * DAY, { ...left, leaseUntil: 1, runAt: 0, enqueuedAt: 0 });
    lab.clock.advance(HOUR);
    expect(await sweep()).toMatchObject({ overdue: 1, mended: 2 });
    for (const [job_id, mended] of [
      [id, 'cancel-overdue'],
      [lost, 'cancel'],
    ])
      expect(lines).toContainEqual(expect.objectContaining({ message: 'job mended', job_id, mended }));
  });

  it('stays while a worker holds its lease, and is looked at again', async () => {
    const { stand, sweep, enqueue, watched } = await given();
    const leaseUntil = lab.clock.now() + HOUR;
    const id = await enqueue(HOUR, { status: 'running', token: 't', holder: 'n', leaseUntil, unsettled: 1 });
    lab.clock.advance(HOUR);
    const before = await stand.record(id);
    expect(await sweep()).toMatchObject({ overdue: 1, mended: 0 });
    expect(await stand.record(id)).toEqual(before);
    expect(await watched()).toEqual([id]);
    lab.clock.advance(1);
    expect(await sweep()).toMatchObject({ overdue: 1, mended: 1 });
    expect(await stand.record(id)).toMatchObject({ status: 'dead', error: { name: 'JobLostError' } });
  });

  it('is left to the worker that claims it meanwhile', async () => {
    const { stand, wire, sweep, enqueue } = await given();
    const id = await enqueue(HOUR);
    lab.clock.advance(HOUR);
    using _claimed = meddle(wire.dynamodb, 'TransactWriteItemsCommand', async ({ nth, call }) => {
      const leaseUntil = lab.clock.now() + 25_000;
      if (nth === 1) await stand.amend(id, { status: 'running', token: 't', holder: 'n', leaseUntil });
      return call();
    });
    expect(await sweep()).toMatchObject({ mended: 0, failed: 0 });
    expect(await stand.record(id)).toMatchObject({ status: 'running' });
  });

  it('does not hide behind a record that nobody can read', async () => {
    const { stand, lines, look, enqueue } = await given();
    const broken = await enqueue(HOUR, { attempts: 'many' as unknown as number });
    const id = await enqueue(2 * HOUR);
    lab.clock.advance(2 * HOUR);
    expect(await look(1)).toEqual({ looked: 2, mended: 1, failed: 1, caughtUp: true });
    expect(await stand.record(id)).toMatchObject({ status: 'expired' });
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'job not looked after', job_id: broken }),
    );
  });
});

describe('a backlog that is overdue all at once', () => {
  it('is ended over several runs, a bounded number each, and sends nothing', async () => {
    const { stand, look, watched } = await given();
    const deadline = new Date(lab.clock.now() + HOUR);
    const entries = Array.from({ length: 130 }, (_, n) => ({
      ...{ job: 'work' as const, payload: { n }, options: { deadline } },
    }));
    await stand.client.enqueueMany(entries);
    lab.clock.advance(6 * HOUR);
    expect(await look(60)).toEqual({ looked: 60, mended: 60, failed: 0, caughtUp: false });
    expect(await watched()).toHaveLength(70);
    expect(await look(60)).toMatchObject({ mended: 60, caughtUp: false });
    expect(await look(60)).toEqual({ looked: 10, mended: 10, failed: 0, caughtUp: true });
    expect(await look(60)).toEqual({ looked: 0, mended: 0, failed: 0, caughtUp: true });
    const page = await stand.client.list({ status: 'expired', limit: 1_000 });
    expect(page.jobs).toHaveLength(130);
    expect(new Set(page.jobs.map(({ dispatch }) => dispatch))).toEqual(new Set([0]));
  });

  it('leaves time for the round over the table', async () => {
    const { stand, sweep, look } = await given();
    const deadline = new Date(lab.clock.now() + HOUR);
    for (let n = 0; n < 3; n++) await stand.client.enqueue('work', { n }, { deadline });
    lab.clock.advance(HOUR);
    expect(await look(60, lab.clock.now())).toEqual({ looked: 0, mended: 0, failed: 0, caughtUp: false });
    // No time for the index; the round ends them then.
    expect(await sweep(0)).toMatchObject({ overdue: 0, caughtUp: false, scanned: 3, mended: 3 });
  });
});

describe('what the sweeper cannot ask the index', () => {
  it('is an error of the run, after its round over the table', async () => {
    const { stand, wire, sweep, enqueue } = await given();
    const id = await enqueue(HOUR);
    lab.clock.advance(HOUR);
    const denied = meddle(wire.dynamodb, 'QueryCommand', () => {
      throw new Error('the index is being made');
    });
    await expect(sweep()).rejects.toThrow('the index is being made');
    denied.stop();
    expect(await stand.record(id)).toMatchObject({ status: 'expired' });
  });
});
