import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Catalog, DEFAULTS, defineCatalog, defineJob, LIMITS } from '../../lib/contract/index.ts';
import { LOG_LINES } from '../../lib/observe/index.ts';
import { Lab } from './lab.ts';
import type { Stand } from './stand.ts';
import { catalog, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const mail = { name: 'mail', timeout: '10s', retry: { maxAttempts: 3 } } as const;
const first = defineJob({ ...mail, schema: z.object({ to: z.string() }) });
const third = defineJob({
  ...mail,
  version: 3,
  schema: z.object({ recipients: z.array(z.string().min(1)) }),
  upcast: {
    1: (payload) => ({ address: z.object({ to: z.string() }).parse(payload).to }),
    2: (payload) => ({ recipients: [z.object({ address: z.string() }).parse(payload).address] }),
  },
});

/** What an older build enqueued; the stand's worker is of the newer one. */
async function enqueuedBefore<C extends Catalog>(stand: Stand<C>, to: string): Promise<string> {
  const older = stand.clientOf(defineCatalog([first]));
  return (await older.enqueue('mail', { to })).id;
}

describe('a payload', () => {
  it('of an older version passes through each upcaster on the way', async () => {
    const seen: unknown[] = [];
    const handlers = { mail: (payload: unknown) => void seen.push(payload) };
    const stand = await lab.stand({ catalog: defineCatalog([third]), handlers });
    const id = await enqueuedBefore(stand, 'ann@example.com');
    await stand.drain();
    expect(seen).toEqual([{ recipients: ['ann@example.com'] }]);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', version: 1 });
  });

  it.each([
    ['that no longer fits the schema', third, ''],
    [
      'that an upcaster refuses',
      defineJob({
        ...mail,
        version: 2,
        schema: z.unknown(),
        upcast: {
          1: () => {
            throw new TypeError('no such plan');
          },
        },
      }),
      'ann',
    ],
  ])('%s makes the job dead without an execution', async (_, type, to) => {
    const executions: unknown[] = [];
    const handlers = { mail: (payload: unknown) => void executions.push(payload) };
    const stand = await lab.stand({ catalog: defineCatalog([type]), handlers });
    const id = await enqueuedBefore(stand, to);
    expect((await stand.invoke()).failures).toEqual([]);
    expect(executions).toEqual([]);
    expect(await stand.record(id)).toMatchObject({ status: 'dead', error: { name: 'PayloadInvalidError' } });
  });

  it('reaches the handler as the schema’s output', async () => {
    const type = defineJob({ ...mail, schema: z.object({ n: z.coerce.number().default(7) }) });
    const seen: unknown[] = [];
    const handlers = { mail: (payload: unknown) => void seen.push(payload) };
    const stand = await lab.stand({ catalog: defineCatalog([type]), handlers });
    await stand.client.enqueue('mail', {});
    await stand.drain();
    expect(seen).toEqual([{ n: 7 }]);
  });
});

describe('a result', () => {
  const result = z.object({ sent: z.number() });
  const typed = defineCatalog([defineJob({ ...mail, schema: z.object({}), result })]);

  it('that fits its schema is kept', async () => {
    const stand = await lab.stand({ catalog: typed, handlers: { mail: () => ({ sent: 2 }) } });
    const job = await stand.client.enqueue('mail', {});
    await stand.invoke();
    expect((await stand.client.wait(job)).result).toEqual({ sent: 2 });
  });

  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  it.each<[string, unknown]>([
    ['that does not fit its schema', { sent: 'two' }],
    ['that has no form in JSON', { sent: 1, cyclic }],
  ])('%s makes the job dead: its work is done, and doing it again would not help', async (_, returned) => {
    const handlers = { mail: () => returned as { sent: number } };
    const stand = await lab.stand({ catalog: typed, handlers });
    const { id } = await stand.client.enqueue('mail', {});
    expect((await stand.invoke()).failures).toEqual([]);
    expect(await stand.record(id)).toMatchObject({
      ...{ status: 'dead', attempts: 1 },
      error: { name: 'ResultInvalidError' },
    });
  });

  const returning =
    (value: unknown): WorkHandler =>
    () =>
      value;
  it('of the largest size is kept; one byte more makes the job dead', async () => {
    const text = 'x'.repeat(LIMITS.payloadBytes - 2);
    const fits = await lab.stand({ catalog, handlers: { work: returning(text) } });
    const kept = await fits.client.enqueue('work', { n: 1 });
    await fits.invoke();
    expect((await fits.record(kept.id)).status).toBe('succeeded');
    const large = await lab.stand({ catalog, handlers: { work: returning(`${text}x`) } });
    const { id } = await large.client.enqueue('work', { n: 1 });
    await large.invoke();
    expect(await large.record(id)).toMatchObject({ status: 'dead', error: { name: 'ResultInvalidError' } });
  });
});

describe('a job that this build does not know', () => {
  const older = defineCatalog([first]);
  const unknowns = [
    ['of an unknown type', defineCatalog([defineJob({ name: 'new', schema: z.object({ to: z.string() }) })])],
    [
      'of a newer version',
      defineCatalog([defineJob({ ...mail, version: 2, schema: z.object({ to: z.string() }) })]),
    ],
  ] as const;

  it.each(unknowns)('%s is dispatched again later, no attempt burnt', async (_, newer: Catalog) => {
    const stand = await lab.stand({ catalog: older, handlers: { mail: () => undefined } });
    const [name] = newer.jobs.map((job) => job.name);
    const { id } = await stand.clientOf(newer).enqueue(name ?? '', { to: 'ann' });
    const { failures } = await stand.invoke();
    expect(failures).toEqual([]);
    const record = await stand.record(id);
    expect(record).toMatchObject({ status: 'queued', dispatch: 1, attempts: 0, unsettled: 0 });
    expect(record.runAt).toBe(lab.clock.now() + DEFAULTS.unknownTypeDelay);
    expect(stand.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', job_id: id, job_type: name }),
    );
  });

  it('waits half its age, up to a quarter of an hour, in whole milliseconds', async () => {
    const stand = await lab.stand({ catalog: older, handlers: { mail: () => undefined } });
    const newer = defineCatalog([defineJob({ name: 'new', schema: z.object({ to: z.string() }) })]);
    const { id } = await stand.clientOf(newer).enqueue('new', { to: 'ann' });
    for (const [age, wait] of [
      [100_001, 50_001],
      [7_200_000, DEFAULTS.unknownTypeCap],
    ] as const) {
      const { enqueuedAt } = await stand.record(id);
      lab.clock.advance(enqueuedAt + age - lab.clock.now());
      await stand.invoke();
      expect((await stand.record(id)).runAt - lab.clock.now()).toBe(wait);
    }
    lab.clock.advance(DEFAULTS.unknownTypeCap);
    expect(await stand.messages()).toMatchObject([{ envelope: { id, dispatch: 2 } }]);
  });

  const newer = defineCatalog([defineJob({ name: 'new', schema: z.object({ to: z.string() }) })]);
  const given = async () => {
    const stand = await lab.stand({ catalog: older, handlers: { mail: () => undefined } });
    const { id } = await stand.clientOf(newer).enqueue('new', { to: 'ann' });
    const wait = async () => {
      lab.clock.advance(DEFAULTS.unknownTypeCap);
      await stand.invoke();
    };
    return { stand, id, wait };
  };

  it('says so in its history once, and as an error from a quarter of an hour on', async () => {
    const { stand, id, wait } = await given();
    const since = lab.clock.now();
    await stand.invoke();
    for (let n = 0; n < 3; n += 1) await wait();
    expect(await stand.record(id)).toMatchObject({ status: 'queued', dispatch: 4, unknownSince: since });
    expect(await stand.parts(id)).toHaveLength(1);
    const lines = stand.lines.filter(({ message }) => message === LOG_LINES.unknown);
    expect(lines.map(({ level, unknown_ms: ms }) => [level, ms])).toEqual([
      ['warn', 0],
      ...[1, 2, 3].map((n) => ['error', n * DEFAULTS.unknownTypeCap]),
    ]);
  });

  it('is dead after two weeks, and says what to do', async () => {
    const { stand, id, wait } = await given();
    await stand.invoke();
    const since = lab.clock.now() - DEFAULTS.unknownTypeLimit;
    await stand.amend(id, { unknownSince: since });
    await wait();
    const record = await stand.record(id);
    expect(record).toMatchObject({ status: 'dead', attempts: 0, error: { name: 'UnknownJobError' } });
    expect(record.error?.message).toContain("version 1 of the job type 'new' for 14 days");
    expect(record.error?.message).toContain("a catalog with 'mail'");
    expect(record.error?.message).toContain('redrive the job.');
    expect(stand.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'job settled', outcome: 'dead', job_id: id }),
    );
    await stand.clientOf(newer).redrive([id], { by: 'someone' });
    expect(await stand.record(id)).not.toHaveProperty('unknownSince');
  });

  it('waits anew where a build knew it in between', async () => {
    const { stand, id, wait } = await given();
    await stand.invoke();
    const now = lab.clock.now();
    await stand.amend(id, { unknownSince: now - DEFAULTS.unknownTypeLimit, startedAt: now });
    await wait();
    expect(await stand.record(id)).toMatchObject({ status: 'queued', unknownSince: lab.clock.now() });
  });
});
