import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DEFAULTS, defineCatalog, defineJob, ENV, Retry } from '../../lib/contract/index.ts';
import { createSweeper } from '../../lib/lifecycle/index.ts';
import type { JobRecord } from '../../lib/state/index.ts';
import { System } from '../lifecycle/system.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const newer = defineCatalog([defineJob({ name: 'new', schema: z.object({ n: z.number() }) })]);

/** As a worker that died leaves it. */
function lapsed(unsettled: number): Partial<JobRecord> {
  const now = lab.clock.now();
  const lease = { token: 't', holder: 'n', worker: 'w', leaseUntil: now - 1, startedAt: now - 2 };
  return { status: 'running', unsettled, ...lease };
}

async function enqueued({ stand }: System, change: Partial<JobRecord>): Promise<string> {
  const { id } = await stand.client.enqueue('work', { n: 1 });
  await stand.amend(id, change);
  return id;
}

/** Has the job die; resolves with its id. */
type Death = (system: System) => Promise<string>;

const lostToWorker: Death = async (system) => {
  const id = await enqueued(system, lapsed(DEFAULTS.lapseLimit));
  await system.stand.invoke();
  return id;
};

const lostToRecorder: Death = async (system) => {
  const id = await enqueued(system, lapsed(DEFAULTS.lapseLimit));
  const [found] = await system.stand.messages();
  await system.send(found?.message.Body ?? '');
  await system.record();
  return id;
};

const lostToSweeper: Death = async (system) => {
  const { stand } = system;
  const longAgo = { enqueuedAt: 0, runAt: 0, startedAt: 1, leaseUntil: 2 };
  const id = await enqueued(system, { ...lapsed(DEFAULTS.lapseLimit), ...longAgo });
  const sweeper = createSweeper({
    env: { ...stand.environment, [ENV.messageRetention]: '60' },
    ...{ dynamodb: lab.wire.dynamodb, logger: recordedLog().logger, clock: lab.clock, chance: stand.chance },
  });
  await sweeper({ now: true }, { getRemainingTimeInMillis: () => 900_000 });
  return id;
};

const hopsExhausted: Death = async (system) => {
  const id = await enqueued(system, { hops: DEFAULTS.hopLimit });
  const [found] = await system.stand.messages();
  await system.send(found?.message.Body ?? '');
  await system.record();
  return id;
};

const queueGone: Death = async (system) => {
  const id = await enqueued(system, { pool: 'reports', out: 0 });
  // It is tried again for a while first: a deployment may be on its way.
  await system.follow();
  lab.clock.advance(300_000);
  await system.follow();
  await system.stand.amend(id, { pool: 'default' });
  return id;
};

const unknownSince = () => lab.clock.now() - DEFAULTS.unknownTypeLimit;

const unknown: Death = async ({ stand }) => {
  const { id } = await stand.clientOf(newer).enqueue('new', { n: 1 });
  await stand.amend(id, { unknownSince: unknownSince() });
  await stand.invoke();
  return id;
};

const tooLong: Death = async (system) => {
  const id = await enqueued(system, { unknownSince: unknownSince() });
  await system.stand.invoke({ remaining: 12_000 });
  return id;
};

const deadline: Death = async ({ stand }) => {
  const options = { deadline: new Date(lab.clock.now() + 60_000) };
  const { id } = await stand.client.enqueue('work', { n: 1 }, options);
  await stand.invoke();
  return id;
};

const work = () => {
  throw new Retry({ after: '60s', message: 'the partner is down' });
};

function given(): Promise<System> {
  return System.of(lab, { handlers: { work } });
}

describe('the history of a job that no handler failed names what it died of', () => {
  it.each<[string, string, Death]>([
    ['JobLostError', 'worker', lostToWorker],
    ['JobLostError', 'recorder', lostToRecorder],
    ['JobLostError', 'sweeper', lostToSweeper],
    ['HopsExhaustedError', 'recorder', hopsExhausted],
    ['QueueGoneError', 'lifecycle', queueGone],
    ['UnknownJobError', 'worker', unknown],
    ['FunctionTooShortError', 'worker', tooLong],
  ])('%s, found by the %s, also once it was redriven', async (name, by, die) => {
    const system = await given();
    const { stand } = system;
    const id = await die(system);
    const { error } = await stand.record(id);
    expect(error?.name).toBe(name);
    const told = await stand.client.history(id);
    expect(told.at(-1)).toMatchObject({ to: 'dead', by, why: expect.any(String) });
    expect(told.at(-1)?.error).toEqual(error);
    expect(await stand.client.redrive([id])).toEqual([{ id, ok: true }]);
    expect(await stand.record(id)).not.toHaveProperty('error');
    expect((await stand.client.history(id)).slice(0, -1)).toEqual(told);
  });

  it('DeadlinePassedError, with what the last attempt threw as its cause', async () => {
    const system = await given();
    const { stand } = system;
    const id = await deadline(system);
    const { error } = await stand.record(id);
    expect(error?.name).toBe('DeadlinePassedError');
    const told = await stand.client.history(id);
    expect(told.at(-1)).toMatchObject({ to: 'dead', attempt: 1, worker: 'local' });
    expect(told.at(-1)?.error).toEqual({
      ...error,
      cause: 'Retry: the partner is down',
      stack: expect.stringContaining('history-deaths.test'),
    });
    await stand.client.redrive([id]);
    expect((await stand.client.history(id)).slice(0, -1)).toEqual(told);
  });
});

it('the history of a job that was cancelled as its last attempt failed names what that threw', async () => {
  const options = { deadline: new Date(lab.clock.now() + 60_000) };
  const { stand }: System = await System.of(lab, {
    handlers: {
      work: async (_, { id }) => {
        await stand.client.cancel([id]);
        throw new Retry({ after: '60s', message: 'the partner is down' });
      },
    },
  });
  const { id } = await stand.client.enqueue('work', { n: 1 }, options);
  await stand.invoke();
  const told = await stand.client.history(id);
  expect(told.at(-1)).toMatchObject({ to: 'cancelled', error: { name: 'Retry' } });
  const [attempt] = (await stand.parts(id)).filter(({ sk }) => sk?.S?.startsWith('attempt#'));
  expect(attempt).not.toHaveProperty('death');
});

describe('the history of a job that a build buried which kept the error in the record alone', () => {
  it.each<[string, Death]>([
    ['by an event', lostToWorker],
    ['without a word', async (system) => enqueued(system, { ...lapsed(1), attempts: 1 })],
  ])('names it until the job is redriven: %s', async (_, die) => {
    const system = await given();
    const { stand } = system;
    const id = await die(system);
    for (const { error: _error, ...Item } of await stand.parts(id))
      await lab.wire.dynamodb.send(new PutItemCommand({ TableName: stand.tableName, Item }));
    const error = { name: 'JobLostError', message: 'the lease was lost too often', fingerprint: 'abc' };
    await stand.amend(id, { status: 'dead', endedAt: lab.clock.now(), error });
    const told = await stand.client.history(id);
    expect(told.at(-1)).toMatchObject({ to: 'dead', why: expect.any(String) });
    expect(told.map((entry) => entry.error)).toEqual([...told.slice(1).map(() => undefined), error]);
    await stand.client.redrive([id]);
    expect((await stand.client.history(id)).filter((entry) => entry.error)).toEqual([]);
  });
});
