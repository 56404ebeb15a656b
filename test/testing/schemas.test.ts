import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { defineCatalog, defineJob, type Schema } from '../../lib/contract/index.ts';
import { createTestMillrace, runJob } from '../../lib/testing/index.ts';

type Check = (asked: number) => Promise<boolean>;
const KINDS = ['payload', 'result'] as const;
type Kind = (typeof KINDS)[number];

/** A type whose schema of that kind asks `check`, which learns how often it was asked. */
function typeOf(kind: Kind, check: Check) {
  let asked = 0;
  const plain = v.object({ n: v.number() });
  const asking = v.pipeAsync(
    plain,
    v.checkAsync(() => check(++asked), 'no such order'),
  );
  const schemas: { schema: Schema; result: Schema } =
    kind === 'payload' ? { schema: asking, result: plain } : { schema: plain, result: asking };
  return defineJob({ name: 'asks', timeout: '1s', retry: { maxAttempts: 2 }, ...schemas });
}

const one = { n: 1 };
const forever = () => new Promise<never>(() => undefined);

describe.each(KINDS)('runJob with a %s schema that is asynchronous', (kind) => {
  it('waits for it in real time', async () => {
    const type = typeOf(kind, () => wait(30, true));
    const { outcome } = await runJob(type, () => one, one);
    expect(outcome).toEqual({ kind: 'succeeded', result: one });
  });

  it('retries where it throws, and is dead where it says what does not fit', async () => {
    const threw = await runJob(
      typeOf(kind, () => Promise.reject(new Error('no answer'))),
      () => one,
      one,
    );
    expect(threw.outcome).toMatchObject({
      kind: 'retrying',
      error: { code: 'SCHEMA_THREW', context: { schema: kind }, cause: { message: 'no answer' } },
    });
    const refused = await runJob(
      typeOf(kind, async () => false),
      () => one,
      one,
    );
    expect(refused.outcome).toMatchObject({ kind: 'dead', why: 'failed' });
  });

  it('has its time run out, or says that it does not come to an end', async () => {
    const type = typeOf(kind, forever);
    const { outcome } = await runJob(type, () => one, one, { takes: '1s' });
    const context = { step: `${kind} schema` };
    expect(outcome).toMatchObject({ kind: 'retrying', error: { code: 'ATTEMPT_TIMEOUT', context } });
    const stuck = runJob(type, () => one, one, { patience: '30ms' });
    await expect(stuck).rejects.toMatchObject({
      code: 'HANDLER_STUCK',
      message: expect.stringContaining(`The ${kind} schema of 'asks'`),
      context: { type: 'asks', schema: kind, patience: 30 },
    });
  });
});

describe.each(KINDS)('a test Millrace with a %s schema that is asynchronous', (kind) => {
  // The client asks the payload's first.
  const first = kind === 'payload' ? 2 : 1;
  const given = (check: Check, options: { patience?: '30ms' } = {}) =>
    createTestMillrace({
      ...{ catalog: defineCatalog([typeOf(kind, check)]), handlers: { asks: () => one }, ...options },
    });

  it('lets no time pass while it answers', async () => {
    await using millrace = await given(() => wait(30, true));
    const job = await millrace.client.enqueue('asks', one);
    const begin = millrace.now();
    await millrace.drain({ untilEnded: true });
    expect(await millrace.client.get(job)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(millrace.now()).toEqual(begin);
  });

  it('is told that it does not come to an end, and can have its time run out', async () => {
    await using millrace = await given((asked) => (asked === first ? forever() : Promise.resolve(true)), {
      patience: '30ms',
    });
    const job = await millrace.client.enqueue('asks', one);
    await expect(millrace.drain()).rejects.toMatchObject({
      code: 'HANDLER_STUCK',
      context: { schema: kind },
    });
    await millrace.advance('1s', { overtake: true });
    expect(await millrace.client.get(job)).toMatchObject({ status: 'retrying', attempts: 1 });
    await millrace.drain({ untilEnded: true });
    expect(await millrace.client.get(job)).toMatchObject({ status: 'succeeded', attempts: 2 });
  });
});

it('runJob leaves the tags that a test gives as they are', async () => {
  const tags = { plan: 'pro' };
  await runJob(
    typeOf('payload', async () => true),
    (_payload, context) => {
      Object.assign(context.tags, { plan: 'free' });
      return one;
    },
    one,
    { tags },
  );
  expect(tags).toEqual({ plan: 'pro' });
});
