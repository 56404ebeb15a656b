import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Catalog, defineCatalog, defineJob, LIMITS } from '../../lib/contract/index.ts';
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
  const throwsNothing = () => {
    throw Object.create(null);
  };
  it.each<[string, unknown]>([
    ['that does not fit its schema', { sent: 'two' }],
    ['that has no form in JSON', { sent: 1, cyclic }],
    ['that throws what has no text', { sent: 1, toJSON: throwsNothing }],
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

  it('that nests as deep as payloads may is kept; one level more makes the job dead', async () => {
    for (const [levels, status] of [
      [LIMITS.payloadLevels, 'succeeded'],
      [LIMITS.payloadLevels + 1, 'dead'],
    ] as const) {
      const value = JSON.parse('['.repeat(levels) + ']'.repeat(levels));
      const stand = await lab.stand({ catalog, handlers: { work: returning(value) } });
      const { id } = await stand.client.enqueue('work', { n: 1 });
      await stand.invoke();
      expect((await stand.record(id)).status).toBe(status);
    }
  });
});
