import {
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  ListSchedulesCommand,
  ServiceQuotaExceededException,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENV, type TickSource, tickId, tickInput, writeTick } from '../../lib/contract/index.ts';
import { recurringName } from '../../lib/dispatch/index.ts';
import { createSweeper } from '../../lib/lifecycle/index.ts';
import { LOG_LINES } from '../../lib/observe/index.ts';
import { ScheduleTable } from '../../lib/state/index.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { streamRecords } from '../worker/history.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import { work } from '../worker/work.ts';
import { System } from './system.ts';

const MINUTE = 60_000;
const every = { name: 'every-five', tenant: 'acme', cron: '0/5 * * * ? *', payload: { n: 1 } } as const;
const owner = { schedule: every.name, tenant: every.tenant };
const ref = { tenant: every.tenant };

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

let ran: number[];
let system: System;
beforeEach(async () => {
  ran = [];
  system = await System.of(lab, { handlers: { work: ({ n }) => void ran.push(n) } });
});

/** The schedule as EventBridge Scheduler has it; undefined: it has none. */
async function standing(): Promise<GetScheduleCommandOutput | undefined> {
  const GroupName = system.stand.schedules.group;
  const { Schedules = [] } = await lab.wire.scheduler.send(new ListSchedulesCommand({ GroupName }));
  const [only, ...others] = Schedules;
  expect(others).toEqual([]);
  return only && lab.wire.scheduler.send(new GetScheduleCommand({ GroupName, Name: only.Name }));
}

function isDefinition({ dynamodb }: DynamoDBRecord): boolean {
  return dynamodb?.Keys?.['sk']?.S?.startsWith('schedule#') ?? false;
}

/** What is due fires; ticks become jobs; jobs are sent, and run. */
async function pass(ms: number): Promise<void> {
  await lab.pass(ms);
  await system.stand.invoke();
  await system.followNew();
  await system.stand.invoke();
  await system.followNew();
}

const { logger, lines } = recordedLog();

async function sweep() {
  const { stand } = system;
  const env = { ...stand.environment, [ENV.messageRetention]: '1209600' };
  const { dynamodb } = lab.wire;
  const options = { env, dynamodb, logger, clock: lab.clock, chance: stand.chance };
  return createSweeper(options)({ now: true }, { getRemainingTimeInMillis: () => 900_000 });
}

describe('a schedule that is put at run time', () => {
  it('is made by the lifecycle function, and its ticks are jobs', async () => {
    const { client } = system.stand;
    lab.clock.advance(1_000);
    await client.schedules.put(work, { ...every, window: '2m', description: 'For a test' });
    expect(await system.followNew()).toEqual([]);
    expect(await standing()).toMatchObject({
      ...{ Name: recurringName(owner), ScheduleExpression: 'cron(0/5 * * * ? *)', State: 'ENABLED' },
      ...{ ScheduleExpressionTimezone: 'UTC', Description: 'For a test' },
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 2 },
      Target: {
        Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
        DeadLetterConfig: { Arn: system.stand.schedules.deadLetters.arn },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400 },
      },
    });
    expect(await client.schedules.get('every-five', ref)).toMatchObject({ state: 'active' });
    const [at] = await client.schedules.next('every-five', { ...ref, count: 1 });
    await pass(7 * MINUTE);
    expect(ran).toEqual([1]);
    const id = tickId({ ...owner, at: at?.getTime() ?? 0 });
    expect(await client.get(id)).toMatchObject({
      status: 'succeeded',
      schedule: 'every-five',
      scheduledFor: at,
    });
    await pass(5 * MINUTE);
    expect(ran).toEqual([1, 1]);
  });

  it('fires as it was put last', async () => {
    const { schedules } = system.stand.client;
    await schedules.put(work, every);
    await system.followNew();
    await schedules.put(work, { ...every, payload: { n: 2 } });
    await schedules.put(work, { ...every, payload: { n: 3 } });
    await system.followNew();
    await pass(5 * MINUTE);
    expect(ran).toEqual([3]);
  });

  it('as a rate fires at the times that it says, also when it was paused between', async () => {
    const { schedules } = system.stand.client;
    await schedules.put(work, { name: 'rate', every: '3m', payload: { n: 1 } });
    await system.followNew();
    const expected = await schedules.next('rate', { count: 4 });
    const times = async () =>
      (await streamRecords(lab, system.stand.tableName)).flatMap(({ eventName, dynamodb }) =>
        eventName === 'INSERT' ? (dynamodb?.NewImage?.['scheduledFor']?.N ?? []) : [],
      );
    const [first] = expected;
    await pass((first?.getTime() ?? 0) - lab.clock.now());
    await schedules.pause('rate');
    await system.followNew();
    await pass(MINUTE);
    await schedules.resume('rate');
    await system.followNew();
    for (let n = 0; n < 3; n++) await pass(3 * MINUTE);
    expect(await times()).toEqual(expected.map((at) => String(at.getTime())));
  });

  it('fires no more while it is paused, and again once it is resumed', async () => {
    const { schedules } = system.stand.client;
    await schedules.put(work, every);
    await system.followNew();
    await schedules.pause('every-five', ref);
    await system.followNew();
    expect(await standing()).toMatchObject({ State: 'DISABLED' });
    await pass(10 * MINUTE);
    expect(ran).toEqual([]);
    await schedules.resume('every-five', ref);
    await system.followNew();
    await pass(5 * MINUTE);
    expect(ran).toEqual([1]);
  });

  it('is gone once it is deleted, and may be put anew', async () => {
    const { schedules } = system.stand.client;
    await schedules.put(work, every);
    await system.followNew();
    await schedules.delete('every-five', ref);
    expect(await schedules.get('every-five', ref)).toBeUndefined();
    await system.followNew();
    expect(await standing()).toBeUndefined();
    await pass(10 * MINUTE);
    expect(ran).toEqual([]);
    await schedules.put(work, every);
    await system.followNew();
    await pass(5 * MINUTE);
    expect(ran).toEqual([1]);
  });

  it('that is deleted and put again before anything was followed stands', async () => {
    const { schedules } = system.stand.client;
    await schedules.put(work, every);
    await schedules.delete('every-five', ref);
    await schedules.put(work, { ...every, payload: { n: 2 } });
    await system.followNew();
    await pass(5 * MINUTE);
    expect(ran).toEqual([2]);
  });

  it('is as it was put last, in whatever order and however often its changes are followed', async () => {
    const { schedules } = system.stand.client;
    for (const n of [1, 2, 3]) await schedules.put(work, { ...every, payload: { n } });
    const records = (await streamRecords(lab, system.stand.tableName)).filter(isDefinition);
    expect(records).toHaveLength(3);
    // Each in a call of its own, at the same time: the slowest must not have the last word.
    await Promise.all([...records, ...records].reverse().map((record) => system.follow([record])));
    expect((await standing())?.Target?.Input).toContain('\\"n\\":3');
    expect(await schedules.get('every-five', ref)).toMatchObject({ state: 'active' });
  });
});

describe('a schedule that is deleted and put again under another definition', () => {
  /** B stands in A's place, and both are of revision 1. */
  async function replace(): Promise<void> {
    const { schedules } = system.stand.client;
    await schedules.delete('every-five', ref);
    await system.followNew();
    lab.clock.advance(1_000);
    await schedules.put(work, { ...every, payload: { n: 2 } });
    await system.followNew();
  }

  const definition = async () => {
    const { tableName } = system.stand;
    return new ScheduleTable({ client: lab.wire.dynamodb, tableName }).definition(every);
  };

  it('is not written over by a pause that read the one before', async () => {
    const { client, tableName } = system.stand;
    await client.schedules.put(work, every);
    await system.followNew();
    // A client that stands still between its read and its write.
    const { dynamodb } = lab.wire;
    let stood = false;
    using _ = meddle(dynamodb, 'PutItemCommand', async ({ input, call }) => {
      const { TableName, Item } = input as { TableName: string; Item: Record<string, { BOOL?: boolean }> };
      if (TableName === tableName && Item['paused']?.BOOL && !stood) {
        stood = true;
        await replace();
      }
      return call();
    });
    await client.schedules.pause('every-five', ref);
    expect(stood).toBe(true);
    expect(await definition()).toMatchObject({ payload: '{"n":2}', paused: true, rev: 2 });
  });

  it('is not written over by a sweeper whose page has the one before', async () => {
    const { client } = system.stand;
    await client.schedules.put(work, every);
    await system.skipNew();
    lab.clock.advance(20 * MINUTE);
    using _ = meddle(lab.wire.dynamodb, 'ScanCommand', async ({ nth, call }) => {
      const page = await call();
      if (nth === 1) await replace();
      return page;
    });
    expect(await sweep()).toMatchObject({ mended: 0, failed: 0 });
    expect(await definition()).toMatchObject({ payload: '{"n":2}', rev: 1 });
  });

  it('stands, whatever a lifecycle function brought about in between', async () => {
    const { client } = system.stand;
    await client.schedules.put(work, every);
    const records = (await streamRecords(lab, system.stand.tableName)).filter(isDefinition);
    let stood = false;
    using _ = meddle(system.wire.scheduler, 'UpdateScheduleCommand', async ({ call }) => {
      if (stood) return call();
      stood = true;
      await replace();
      return call();
    });
    await system.follow(records);
    expect(stood).toBe(true);
    expect((await standing())?.Target?.Input).toContain('\\"n\\":2');
    expect(await client.schedules.get('every-five', ref)).toMatchObject({ state: 'active' });
  });
});

describe('a lifecycle function whose call to EventBridge Scheduler fails', () => {
  it('has the change come again', async () => {
    const { schedules } = system.stand.client;
    await schedules.put(work, every);
    const refused = new ThrottlingException({ message: 'too many', Message: 'too many', $metadata: {} });
    using fault = meddle(system.wire.scheduler, 'UpdateScheduleCommand', () => Promise.reject(refused));
    expect(await system.followNew()).toHaveLength(1);
    expect(await schedules.get('every-five', ref)).toMatchObject({ state: 'pending' });
    fault.stop();
    await system.follow();
    expect(await standing()).toMatchObject({ State: 'ENABLED' });
    expect(await schedules.get('every-five', ref)).toMatchObject({ state: 'active' });
  });

  it.each([
    ['a quota', ServiceQuotaExceededException],
    ['a rule', ValidationException],
  ])(
    'shows why on the schedule where it is no use to try again, and holds up nothing: %s',
    async (_, Refusal) => {
      const { schedules } = system.stand.client;
      await schedules.put(work, every);
      const refused = new Refusal({
        ...{
          message: 'no more',
          Message: 'no more',
          $metadata: {},
          ServiceCode: 'scheduler',
          QuotaCode: 'q',
        },
      });
      using fault = meddle(system.wire.scheduler, 'CreateScheduleCommand', () => Promise.reject(refused));
      expect(await system.followNew()).toEqual([]);
      expect(await schedules.get('every-five', ref)).toMatchObject({
        state: 'refused',
        problem: expect.stringContaining(Refusal.name),
      });
      fault.stop();
      // A put of the same tries anew.
      expect((await schedules.put(work, every)).changed).toBe(true);
      await system.followNew();
      expect(await schedules.get('every-five', ref)).toMatchObject({ state: 'active', problem: undefined });
    },
  );
});

describe('what the lifecycle function missed for good', () => {
  it('of a definition is asked for again by the sweeper, not at once', async () => {
    const { schedules } = system.stand.client;
    await schedules.put(work, every);
    await system.skipNew();
    expect(await sweep()).toMatchObject({ mended: 0 });
    lab.clock.advance(20 * MINUTE);
    expect(await sweep()).toMatchObject({ mended: 1, failed: 0 });
    expect(lines).toContainEqual(
      expect.objectContaining({ message: LOG_LINES.mended, mended: 'change', ...owner }),
    );
    await system.followNew();
    expect(await standing()).toMatchObject({ State: 'ENABLED' });
    expect(await schedules.get('every-five', ref)).toMatchObject({ state: 'active' });
  });

  it('of the end of a job that others wait for, too', async () => {
    const { schedules } = system.stand.client;
    await schedules.put(work, { ...every, overlap: 'queue' });
    const [first, second] = [
      await schedules.trigger('every-five', ref),
      await schedules.trigger('every-five', ref),
    ];
    expect(await sweep()).toMatchObject({ mended: 0 });
    await system.stand.client.cancel([first.id]);
    await system.skipNew();
    expect(await sweep()).toMatchObject({ mended: 1 });
    expect(lines).toContainEqual(
      expect.objectContaining({ message: LOG_LINES.mended, mended: 'turn', ...owner }),
    );
    await system.followNew();
    expect(await system.stand.client.get(second)).toMatchObject({ status: 'queued' });
    expect(await sweep()).toMatchObject({ mended: 0 });
  });
});

describe('a tick in a dead-letter queue', () => {
  function source(change: Partial<TickSource> = {}): TickSource {
    const { name: type, version, pool, priority } = work;
    const job = { type, version, pool, priority };
    return { schedule: 'lost', job, payload: { n: 9 }, overlap: 'allow', maxAge: 60 * MINUTE, ...change };
  }

  it('becomes its job, once, whether a worker or EventBridge Scheduler could do nothing with it', async () => {
    const at = Math.floor(lab.clock.now() / 1000) * 1000;
    const input = tickInput({ queueUrl: 'https://sqs.us-east-1.amazonaws.com/0/q', ...source() });
    await system.send(writeTick(source(), at));
    await system.send(input.replace('<aws.scheduler.scheduled-time>', new Date(at).toISOString()));
    expect((await system.record()).failures).toEqual([]);
    await system.followNew();
    await system.stand.drain();
    expect(ran).toEqual([9]);
  });

  it('past its maximum age becomes none, and is counted as missed', async () => {
    await system.send(writeTick(source(), lab.clock.now() - 61 * MINUTE));
    expect((await system.record()).failures).toEqual([]);
    expect(system.lines).toContainEqual(
      expect.objectContaining({ message: LOG_LINES.tickDropped, why: 'late', schedule: 'lost' }),
    );
  });

  it('that cannot be read is quarantined', async () => {
    await system.send('{"v":1,"tick":{"schedule":""}}');
    expect((await system.record()).failures).toEqual([]);
    const { messages } = await system.stand.client.listQuarantined();
    expect(messages).toMatchObject([{ reason: expect.stringContaining('not a tick of a schedule') }]);
  });
});

it('a schedule of the catalog that is paused makes no job', async () => {
  const { stand } = system;
  const schedules = new ScheduleTable({ client: lab.wire.dynamodb, tableName: stand.tableName });
  const { name: type, version, pool, priority } = work;
  const job = { type, version, pool, priority };
  const of: TickSource = { schedule: 'nightly', job, payload: { n: 1 }, overlap: 'allow', maxAge: MINUTE };
  await schedules.setPaused({ name: 'nightly' }, true, lab.clock.now());
  await stand.send(writeTick(of, lab.clock.now()));
  await stand.invoke();
  expect(stand.lines).toContainEqual(
    expect.objectContaining({ message: LOG_LINES.tickDropped, why: 'paused' }),
  );
  await schedules.setPaused({ name: 'nightly' }, false, lab.clock.now());
  await stand.send(writeTick(of, lab.clock.now()));
  await pass(0);
  expect(ran).toEqual([1]);
});
