import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENV } from '../../lib/contract/index.ts';
import { createSweeper } from '../../lib/lifecycle/index.ts';
import { decideSweep, type SweepRules } from '../../lib/lifecycle/sweep-decision.ts';
import { type JobRecord, redispatchWrite } from '../../lib/state/index.ts';
import { seededChance } from '../clock/seeded-chance.ts';
import { queuedRecord } from '../conformance/job-writes.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import { System } from './system.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The stack's defaults: four days in a queue, fourteen in its dead-letter queue. */
const RETENTION = 18 * DAY;
const NOW = Date.UTC(2027, 0, 31);
const RULES: SweepRules = { now: NOW, messageRetention: RETENTION, lapseLimit: 3, hopLimit: 5 };
const base = queuedRecord('a');

/** Jobs of a live backlog, one after the other: nobody holds a million of them at once. */
function* backlog({ jobs, age, seed }: { jobs: number; age: number; seed: number }): Generator<JobRecord> {
  const chance = seededChance(seed);
  const kinds: ((at: number) => Partial<JobRecord>)[] = [
    (at) => ({ status: 'queued', enqueuedAt: at, runAt: at }),
    (at) => ({ status: 'scheduled', enqueuedAt: at, runAt: at + 900_000 }),
    (at) => ({ status: 'retrying', enqueuedAt: at - DAY, startedAt: at - HOUR, runAt: at, attempts: 4 }),
    (at) => ({
      status: 'running',
      enqueuedAt: at - DAY,
      runAt: at,
      startedAt: at,
      leaseUntil: at + 75_000,
      unsettled: 1,
    }),
    // Brought back by the recorder, which puts its due time to then.
    (at) => ({ status: 'queued', enqueuedAt: at - 17 * DAY, runAt: at, out: 1, dispatch: 1, hops: 1 }),
  ];
  for (let n = 0; n < jobs; n++) {
    const kind = kinds[Math.floor(chance.random() * kinds.length)] as (typeof kinds)[number];
    yield { ...base, ...kind(NOW - Math.floor(chance.random() * age)) };
  }
}

describe('a live backlog', () => {
  it('of 1,000,000 jobs and six hours causes no message to be sent again', () => {
    let sent = 0;
    for (const record of backlog({ jobs: 1_000_000, age: 6 * HOUR, seed: 1 }))
      if (decideSweep(record, RULES).do !== 'nothing') sent++;
    expect(sent).toBe(0);
  }, 60_000);

  it('that was paused for as long as its messages can exist causes none either', () => {
    for (const record of backlog({ jobs: 100_000, age: RETENTION, seed: 2 }))
      expect(decideSweep(record, RULES).do).toBe('nothing');
  }, 60_000);
});

describe('a live backlog of jobs with deadlines', () => {
  it('causes no message to be sent again, and nothing of what may still start to end', () => {
    const decided = { expire: 0, bury: 0, nothing: 0, other: 0 };
    const chance = seededChance(4);
    for (const record of backlog({ jobs: 1_000_000, age: 6 * HOUR, seed: 3 })) {
      const deadline = NOW + Math.floor((chance.random() - 0.5) * 2 * HOUR);
      const what = decideSweep({ ...record, deadline }, RULES).do;
      const held = record.status === 'running' && (record.leaseUntil ?? 0) >= NOW;
      const kind = what === 'expire' || what === 'bury' || what === 'nothing' ? what : 'other';
      decided[kind]++;
      if (what !== 'nothing') expect(deadline <= NOW && !held).toBe(true);
    }
    expect(decided.other).toBe(0);
    // Half of the deadlines have passed; a fifth of the jobs are running, most of them lapsed.
    expect(decided.expire).toBeGreaterThan(350_000);
    expect(decided.bury).toBeGreaterThan(50_000);
  }, 60_000);
});

describe('a job whose messages are lost each time', () => {
  it('is sent again once for each time that a message can exist, and is dead in the end', () => {
    let record: JobRecord = { ...base, enqueuedAt: NOW, runAt: NOW };
    const redispatched: number[] = [];
    let last = 'nothing';
    // As the sweeper would come by: every hour, for half a year.
    for (let now = NOW; now < NOW + 180 * DAY && last !== 'bury'; now += HOUR) {
      last = decideSweep(record, { ...RULES, now }).do;
      if (last !== 'redispatch') continue;
      redispatched.push(now - Math.max(record.runAt, record.enqueuedAt));
      const write = redispatchWrite(record, { now, hops: (record.hops ?? 0) + 1, runAt: now });
      record = { ...record, ...(write.set as Partial<JobRecord>) };
    }
    expect(redispatched).toHaveLength(5);
    for (const waited of redispatched) expect(waited).toBe(RETENTION + HOUR);
    expect(last).toBe('bury');
    expect(record).toMatchObject({ dispatch: 5, hops: 5 });
  });
});

describe('what the recorder brought back', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  it('is not sent again by the sweeper while its new message can exist', async () => {
    const system = await System.of(lab);
    const { stand } = system;
    const { id } = await stand.client.enqueue('work', { n: 1 });
    const [message] = await stand.messages();
    // Its message lay in the queue and in the dead-letter queue until the recorder came by.
    lab.clock.advance(RETENTION - DAY);
    await system.send(JSON.stringify(message?.envelope));
    expect((await system.record()).failures).toEqual([]);
    expect(await stand.record(id)).toMatchObject({ dispatch: 1, hops: 1, runAt: lab.clock.now() });

    lab.clock.advance(2 * DAY);
    const { dynamodb } = lab.wire;
    const sweeper = createSweeper({
      env: { ...stand.environment, [ENV.messageRetention]: String(RETENTION / 1_000) },
      ...{ dynamodb, clock: lab.clock, chance: stand.chance, logger: recordedLog().logger },
    });
    expect(await sweeper({}, { getRemainingTimeInMillis: () => 60_000 })).toMatchObject({ mended: 0 });
    expect(await stand.record(id)).toMatchObject({ dispatch: 1 });
  });
});
