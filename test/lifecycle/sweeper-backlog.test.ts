import type { PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AWS_LIMITS, STACK_DEFAULTS } from '../../lib/constructs/defaults.ts';
import { DEFAULTS, ENV } from '../../lib/contract/index.ts';
import { createSweeper } from '../../lib/lifecycle/index.ts';
import { decideSweep, type SweepRules } from '../../lib/lifecycle/sweep-decision.ts';
import { type JobRecord, redispatchWrite } from '../../lib/state/index.ts';
import { seededChance } from '../clock/seeded-chance.ts';
import { queuedRecord } from '../conformance/job-writes.ts';
import { scaled } from '../fuzz/scale.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import type { Call } from '../worker/wire.ts';
import { catalog } from '../worker/work.ts';
import { BacklogTable } from './backlog-table.ts';
import { System } from './system.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const { queueRetention, deadLetterRetention, sweepMinutes, systemTimeout } = STACK_DEFAULTS;
/** As the stack has it: a day with EventBridge Scheduler, four in a queue, fourteen in its dead-letter queue. */
const RETENTION = (AWS_LIMITS.maxEventAge + queueRetention + deadLetterRetention) * 1_000;
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
  it('that was paused for as long as its messages can exist causes none either', () => {
    for (const record of backlog({ jobs: 100_000, age: RETENTION, seed: 2 }))
      expect(decideSweep(record, RULES).do).toBe('nothing');
  }, 60_000);
});

describe('a live backlog of jobs with deadlines', () => {
  it('causes no message to be sent again, and nothing of what may still start to end', () => {
    const decided = { expire: 0, bury: 0, nothing: 0, other: 0 };
    const chance = seededChance(4);
    for (const record of backlog({ jobs: 200_000, age: 6 * HOUR, seed: 3 })) {
      const deadline = NOW + Math.floor((chance.random() - 0.5) * 2 * HOUR);
      const what = decideSweep({ ...record, deadline }, RULES).do;
      const held = record.status === 'running' && (record.leaseUntil ?? 0) >= NOW;
      const kind = what === 'expire' || what === 'bury' || what === 'nothing' ? what : 'other';
      decided[kind]++;
      if (what !== 'nothing') expect(deadline <= NOW && !held).toBe(true);
    }
    expect(decided.other).toBe(0);
    // Half of the deadlines have passed; a fifth of the jobs are running, most of them lapsed.
    expect(decided.expire).toBeGreaterThan(70_000);
    expect(decided.bury).toBeGreaterThan(10_000);
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

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** A million takes half a minute: it is part of `npm run fuzz`. */
const JOBS = scaled(1_000_000);
/** How long one page of the table takes, in milliseconds. */
const READ = 250;

describe('the sweeper beside a live backlog', () => {
  /** The function as the stack deploys it, and what one run of it did. */
  async function given({ jobs, retention }: { jobs: number; retention: number }) {
    const stand = await lab.stand({ catalog, handlers: { work: () => undefined } });
    const wire = lab.open();
    const { clock } = lab;
    const scanned = () => clock.advance(READ);
    const table = new BacklogTable({ wire, clock, jobs, age: 6 * HOUR, scanned });
    const sweeper = createSweeper({
      env: { ...stand.environment, [ENV.messageRetention]: String(retention / 1_000) },
      ...{ dynamodb: wire.dynamodb, clock, chance: stand.chance, logger: recordedLog().logger },
    });
    const run = async () => {
      const began = clock.now();
      const endsAt = began + systemTimeout * 1_000;
      const report = await sweeper({}, { getRemainingTimeInMillis: () => endsAt - clock.now() });
      const calls = wire.calls.splice(0);
      return { ...report, calls, took: clock.now() - began };
    };
    return { table, run };
  }

  it(`of ${JOBS} jobs and six hours writes nothing but its own place, and is round within hours`, async () => {
    const { table, run } = await given({ jobs: JOBS, retention: RETENTION });
    using _ = table;
    const all = { scanned: 0, runs: 0 };
    for (let finished = false; !finished; lab.clock.advance(sweepMinutes * 60_000)) {
      const { calls, took, ...report } = await run();
      expect(report).toMatchObject({ mended: 0, failed: 0, caughtUp: true });
      expect(report.overdue).toBeGreaterThan(0);
      expect(took).toBeLessThan(systemTimeout * 1_000);
      const pages = calls.filter(({ name }) => name === 'Scan');
      const writes = calls.filter(({ name }) => !['Scan', 'Query', 'GetItem'].includes(name));
      expect(new Set(writes.map(placeOf))).toEqual(new Set(['PutItem control#sweeper']));
      expect(writes).toHaveLength(pages.length);
      all.scanned += report.scanned;
      all.runs += 1;
      finished = report.finished;
    }
    expect(all.scanned).toBe(table.items);
    // Else the next round is due before this one is over.
    expect(all.runs * sweepMinutes * 60_000).toBeLessThan(DEFAULTS.sweepRound / 2);
    expect(await run()).toMatchObject({ scanned: 0, mended: 0, finished: true });
  }, 120_000);

  it('would send again what has waited for longer than a message can exist', async () => {
    const { table, run } = await given({ jobs: 600, retention: 3 * HOUR });
    using _ = table;
    const { calls } = await run();
    const written = calls.filter(({ name }) => name === 'TransactWriteItems').length;
    expect(written).toBeGreaterThan(180);
    expect(written).toBeLessThan(300);
  });
});

/** What a call is about. */
function placeOf({ name, input }: Call): string {
  const { Item } = input as PutItemCommandInput;
  return `${name} ${Item?.['pk']?.S}`;
}

describe('what the recorder brought back', () => {
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
