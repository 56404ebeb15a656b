import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type EnqueueOptions, MillraceClient } from '../../lib/client/index.ts';
import { defineCatalog, defineJob, InvalidOptionError, readEnvelope } from '../../lib/contract/index.ts';
import { Operator } from '../../lib/operate/index.ts';
import { deadShard } from '../../lib/state/index.ts';
import { ManualClock } from '../clock/manual-clock.ts';
import { putDeadJob } from './dead-job.ts';
import { Deployment, Engines } from './fixture.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const quote = defineJob({ name: 'quote.send', schema: z.object({ n: z.number() }), deadline: '2h' });
const plain = defineJob({ name: 'plain', schema: z.object({ n: z.number() }) });
const catalog = defineCatalog([quote, plain]);

describe('a deadline', () => {
  let engines: Engines;
  let at: Deployment;
  let millrace: MillraceClient<typeof catalog>;
  let now: number;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
    const clock = new ManualClock();
    now = clock.now();
    const { tableName, queues, dynamodb, sqs } = at;
    millrace = new MillraceClient({ catalog, tableName, queues, dynamodb, sqs, clock });
  });

  const record = async () => (await at.records())[0];

  it.each<[string, EnqueueOptions['deadline'] & {}, number]>([
    ['a duration', '90m', 90 * MINUTE],
    ['ISO 8601', '2027-01-01T03:00:00+01:00', 2 * HOUR],
  ])(
    'given as %s stands in record, message and view, and has the job watched',
    async (_, deadline, after) => {
      const job = await millrace.enqueue('plain', { n: 1 }, { deadline });
      expect(await record()).toMatchObject({
        ...{ deadline: now + after, watchAt: now + after },
        watchShard: expect.stringMatching(/^watch#[0-7]$/),
      });
      const [message] = await at.receive('normal');
      expect(readEnvelope(message?.Body ?? '').deadline).toBe(now + after);
      expect((await millrace.get(job))?.deadline).toEqual(new Date(now + after));
    },
  );

  it('given as a Date or as milliseconds is that time', async () => {
    await millrace.enqueueMany([
      { job: 'plain', payload: { n: 1 }, options: { deadline: new Date(now + HOUR) } },
      { job: 'plain', payload: { n: 2 }, options: { deadline: now + HOUR } },
    ]);
    expect((await at.records()).map(({ deadline }) => deadline)).toEqual([now + HOUR, now + HOUR]);
  });

  it('is none where nobody gives one', async () => {
    const job = await millrace.enqueue('plain', { n: 1 });
    const found = await record();
    for (const name of ['deadline', 'watchShard', 'watchAt']) expect(found).not.toHaveProperty(name);
    expect((await millrace.get(job))?.deadline).toBeUndefined();
  });

  it("of a job type counts from when the job is due; a job's own goes before it", async () => {
    const deadlineOf = async (options: EnqueueOptions) => {
      const { id } = await millrace.enqueue('quote.send', { n: 1 }, options);
      return ((await millrace.get(id))?.deadline?.getTime() ?? 0) - now;
    };
    expect(await deadlineOf({})).toBe(2 * HOUR);
    expect(await deadlineOf({ delay: '10m' })).toBe(2 * HOUR + 10 * MINUTE);
    expect(await deadlineOf({ delay: '10m', deadline: '20m' })).toBe(20 * MINUTE);
  });

  it('that nothing could keep is refused, and nothing is written', async () => {
    const refused: EnqueueOptions[] = [
      { deadline: now },
      { deadline: '0s' },
      { delay: '10m', deadline: '10m' },
      { deadline: 3_600_000 },
    ];
    for (const options of refused) {
      await expect(millrace.enqueue('plain', { n: 1 }, options)).rejects.toThrow(InvalidOptionError);
    }
    expect(await at.records()).toEqual([]);
  });

  it('stays the first one where the same key is enqueued again', async () => {
    const options = { idempotencyKey: 'once' };
    await millrace.enqueue('plain', { n: 1 }, { ...options, deadline: '1h' });
    const again = await millrace.enqueue('plain', { n: 1 }, { ...options, deadline: '3h' });
    expect(again.deduplicated).toBe(true);
    expect((await record())?.deadline).toBe(now + HOUR);
  });
});

describe('expired jobs', () => {
  let engines: Engines;
  let at: Deployment;
  const expired: string[] = [];
  let dead: string;
  beforeAll(async () => {
    engines = await Engines.start();
    at = await Deployment.create(engines);
    const deadline = Date.now() - HOUR;
    ({ id: dead } = await putDeadJob(at, { deadline }));
    for (let n = 0; n < 12; n++) {
      const id = `expired-${n}`;
      const tenant = n % 2 === 0 ? 'acme' : undefined;
      const deadAt = deadline + n;
      const shard = { deadShard: deadShard('expired', id), deadAt };
      await putDeadJob(at, { ...shard, id, tenant, deadline, status: 'expired', error: undefined });
      expired.unshift(id);
    }
  });
  afterAll(() => engines[Symbol.asyncDispose]());

  it('are listed by themselves, the newest first, a page at a time', async () => {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await at.client.list({ status: 'expired', limit: 5, cursor });
      ids.push(...page.jobs.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(ids).toEqual(expired);
    expect((await at.client.list()).jobs.map(({ id }) => id)).toEqual([dead]);
    expect((await at.client.list({ status: 'expired', tenant: 'acme' })).jobs).toHaveLength(6);
  });

  it('do not mix with the dead: neither a status nor a cursor of the other list is taken', async () => {
    const { cursor } = await at.client.list({ status: 'expired', limit: 5 });
    await expect(at.client.list({ cursor })).rejects.toThrow(InvalidOptionError);
    const status = 'succeeded' as unknown as 'dead';
    await expect(at.client.list({ status })).rejects.toThrow(/status/);
  });

  it('are redriven by filter, without the deadline that has passed', async () => {
    const { tableName, queues, dynamodb, sqs } = at;
    const operator = new Operator({ catalog: defineCatalog([]), tableName, queues, dynamodb, sqs });
    const filter = { status: 'expired', tenant: 'acme' } as const;
    expect(await operator.redrive({ filter, rate: 1_000 })).toMatchObject({ redriven: 6, failed: 0 });
    const redriven = (await at.records()).filter(({ status }) => status === 'queued');
    expect(redriven).toHaveLength(6);
    for (const record of redriven) {
      expect(record).toMatchObject({ tenant: 'acme', out: record.dispatch, attempts: 0 });
      for (const name of ['deadline', 'watchShard', 'watchAt', 'deadShard', 'deadAt'])
        expect(record).not.toHaveProperty(name);
    }
    expect((await at.client.list({ status: 'expired' })).jobs).toHaveLength(6);
    expect((await at.client.list()).jobs).toHaveLength(1);
  });
});
