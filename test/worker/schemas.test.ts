import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnqueueOptions } from '../../lib/client/index.ts';
import { defineCatalog, defineJob, Fail, type Schema, Snooze, sleep } from '../../lib/contract/index.ts';
import { Lab } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

type Answer = { readonly value: unknown } | { readonly issues: readonly { readonly message: string }[] };
const schemaOf = (validate: (value: unknown) => Promise<Answer> | Answer): Schema => ({
  '~standard': { version: 1, vendor: 'test', validate },
});
const takesAll = schemaOf((value) => ({ value }));
const down = () => Object.assign(new Error('connect ECONNREFUSED'), { name: 'LookupError' });
const forever = () => new Promise<never>(() => undefined);

const asks = { name: 'asks', timeout: '10s', retry: { maxAttempts: 3 } } as const;
const KINDS = ['payload', 'result'] as const;
type Kind = (typeof KINDS)[number];

/** A stand with one job, whose schema of that kind asks `answer` at each attempt, from 1. */
async function given(
  kind: Kind,
  answer: (attempt: number) => Promise<Answer> | Answer,
  options: EnqueueOptions = {},
) {
  let asked = 0;
  const executed: unknown[] = [];
  const asking = schemaOf(() => answer(++asked));
  const schemas = kind === 'payload' ? { schema: asking } : { schema: takesAll, result: asking };
  const plain = defineJob({ name: 'plain', timeout: '10s', schema: takesAll });
  const stand = await lab.stand({
    catalog: defineCatalog([defineJob({ ...asks, ...schemas }), plain]),
    handlers: {
      asks: (payload: unknown) => {
        executed.push(payload);
        return { done: true };
      },
      plain: () => sleep(lab.clock, 9_990),
    },
  });
  // The client checks payloads as well: it has a schema of its own here.
  const client = stand.clientOf(defineCatalog([defineJob({ ...asks, schema: takesAll }), plain]));
  const { id } = await client.enqueue('asks', { n: 1 }, options);
  return { stand, client, id, executed, record: () => stand.record(id) };
}

const fits: Answer = { value: { n: 1 } };

describe.each(KINDS)('a %s schema', (kind) => {
  it.each<[string, () => Promise<Answer> | Answer]>([
    ['rejects', () => Promise.reject(down())],
    [
      'throws',
      () => {
        throw down();
      },
    ],
    ['throws Fail', () => Promise.reject(new Fail('no such plan'))],
    ['throws Snooze', () => Promise.reject(new Snooze({ for: '1h' }))],
  ])('that %s fails the attempt, and no more', async (_, answer) => {
    const { stand, record, executed } = await given(kind, (attempt) => (attempt === 1 ? answer() : fits));
    expect(await stand.invoke()).toMatchObject({ failures: [], lost: false });
    expect(await record()).toMatchObject({
      ...{ status: 'retrying', attempts: 1, unsettled: 0 },
      error: {
        name: 'SchemaThrewError',
        message: expect.stringContaining(`The ${kind} schema of 'asks' threw`),
      },
    });
    await stand.drain();
    expect(await record()).toMatchObject({ status: 'succeeded', attempts: 2, result: '{"done":true}' });
    expect(executed).toEqual(kind === 'payload' ? [{ n: 1 }] : [{ n: 1 }, { n: 1 }]);
  });

  it('that throws at each attempt makes the job dead at the last, with what it threw', async () => {
    const { stand, client, id, record } = await given(kind, () => Promise.reject(down()));
    await stand.drain();
    expect(await record()).toMatchObject({ status: 'dead', attempts: 3 });
    expect((await record()).error?.message).toContain('LookupError: connect ECONNREFUSED');
    const told = (await client.history(id)).filter(({ error }) => error !== undefined);
    expect(told.length).toBeGreaterThanOrEqual(3);
    const [attempt] = await stand.parts(id);
    expect(attempt?.['error']?.M?.['cause']?.S).toContain('connect ECONNREFUSED');
  });

  it('that says what does not fit makes the job dead at once', async () => {
    const { stand, record } = await given(kind, async () => ({ issues: [{ message: 'no such order' }] }));
    await stand.invoke();
    const name = kind === 'payload' ? 'PayloadInvalidError' : 'ResultInvalidError';
    expect(await record()).toMatchObject({ status: 'dead', attempts: 1, error: { name } });
  });

  it('that never answers uses up the attempt’s time; its neighbours and its process go on', async () => {
    const { stand, client, record, executed } = await given(kind, (attempt) =>
      attempt === 1 ? forever() : fits,
    );
    const neighbour = await client.enqueue('plain', {});
    const begin = lab.clock.now();
    expect(await stand.invoke()).toMatchObject({ failures: [], lost: false });
    expect(lab.clock.now() - begin).toBe(10_000);
    expect(await record()).toMatchObject({
      ...{ status: 'retrying', attempts: 1, unsettled: 0 },
      error: { name: 'AttemptTimeoutError', message: expect.stringContaining(`its ${kind} schema`) },
    });
    expect((await stand.record(neighbour.id)).status).toBe('succeeded');
    expect(stand.exits).toEqual([]);
    await stand.drain();
    expect(await record()).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect(executed).toHaveLength(kind === 'payload' ? 1 : 2);
  });

  it('has the time that it takes counted into the attempt', async () => {
    const { stand, record } = await given(kind, () => sleep(lab.clock, 8_000).then(() => fits));
    const begin = lab.clock.now();
    await stand.invoke();
    expect(await record()).toMatchObject({ status: 'succeeded', attempts: 1, endedAt: begin + 8_000 });
  });
});

describe('a payload schema that answers too late', () => {
  it.each([
    ['the signal has fired', 9_500],
    ['the attempt is over', 11_000],
  ])('begins no handler: %s', async (_, slow) => {
    const { stand, client, executed, record } = await given('payload', () =>
      sleep(lab.clock, slow).then(() => fits),
    );
    // Keeps the invocation, and its time, going beyond the answer.
    await client.enqueue('plain', {});
    await stand.invoke();
    lab.clock.advance(2_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(executed).toEqual([]);
    expect(await record()).toMatchObject({ status: 'retrying', error: { name: 'AttemptTimeoutError' } });
  });

  it('ends a job that is to be cancelled', async () => {
    const { stand, client, id, executed, record } = await given('payload', async () => {
      await client.cancel([id]);
      await sleep(lab.clock, 9_500);
      return fits;
    });
    await stand.invoke();
    expect(executed).toEqual([]);
    expect((await record()).status).toBe('cancelled');
  });

  it('finds its job dead of its deadline, where that passed meanwhile', async () => {
    const { stand, executed, record } = await given(
      'payload',
      () => sleep(lab.clock, 4_000).then(() => fits),
      { deadline: '3s' },
    );
    await stand.invoke();
    expect(executed).toEqual([]);
    expect(await record()).toMatchObject({ status: 'dead', error: { name: 'DeadlinePassedError' } });
  });
});
