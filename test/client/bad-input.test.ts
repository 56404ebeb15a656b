import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type EnqueueOptions, MillraceClient } from '../../lib/client/index.ts';
import {
  defineCatalog,
  defineJob,
  EnvironmentError,
  InvalidOptionError,
  LIMITS,
  MillraceError,
  PayloadInvalidError,
  PayloadTooLargeError,
  UnknownJobError,
} from '../../lib/contract/index.ts';
import { catalog, Deployment, Engines } from './fixture.ts';

/** What plain JavaScript could pass: the compiler would refuse it. */
type Untyped = (job: unknown, payload: unknown, options?: unknown) => Promise<unknown>;

describe('enqueue, given bad input', () => {
  let engines: Engines;
  let at: Deployment;
  let enqueue: Untyped;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
    enqueue = at.client.enqueue.bind(at.client) as Untyped;
  });

  const good = { orderId: '42' };
  const refusal = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (e: unknown) => e,
    );

  it("names the schema's issues for an invalid payload", async () => {
    const error = await refusal(enqueue('rows.import', { rows: [1, 'two', null] }));
    expect(error).toBeInstanceOf(PayloadInvalidError);
    expect(error).toMatchObject({
      code: 'PAYLOAD_INVALID',
      retryable: false,
      issues: [{ path: 'rows.1' }, { path: 'rows.2' }],
      context: { type: 'rows.import' },
    });
    expect(String(error)).toContain("The payload of a 'rows.import' job does not fit its schema");
    await at.expectNothingWritten();
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a BigInt', { orderId: 1n }],
    ['a circular object', circular],
    ['what refuses to be JSON', { toJSON: () => JSON.parse('{') }],
    ['null', null],
    ['nesting too deep to write', nested(100_000)],
  ])('refuses %s as a payload', async (_, payload) => {
    expect(await refusal(enqueue('receipt.send', payload))).toBeInstanceOf(PayloadInvalidError);
    await at.expectNothingWritten();
  });

  it.each([['half a surrogate pair', { orderId: '\ud83d' }]])(
    'refuses %s beside an idempotency key: it has no canonical form',
    async (_, payload) => {
      const call = enqueue('receipt.send', payload, { idempotencyKey: 'order-42' });
      expect(await refusal(call)).toBeInstanceOf(PayloadInvalidError);
      await at.expectNothingWritten();
    },
  );

  it('judges what JSON leaves of a payload, as the worker will read it', async () => {
    const at1 = defineJob({ name: 'at', schema: z.object({ on: z.date() }) });
    const { tableName, queues, dynamodb, sqs } = at;
    const client = new MillraceClient({ catalog: defineCatalog([at1]), tableName, queues, dynamodb, sqs });
    const error = await refusal(client.enqueue('at', { on: new Date() }));
    expect(error).toBeInstanceOf(PayloadInvalidError);
    expect(String(error)).toContain('a Date becomes a string');
    await at.expectNothingWritten();
  });

  it('refuses a payload that nests deeper than every Node can write, by one level', async () => {
    const error = await refusal(enqueue('receipt.send', nested(LIMITS.payloadLevels)));
    expect(error).toBeInstanceOf(PayloadInvalidError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/Got: 501 .*Expected: at most 500 .*Fix: /),
    });
    await at.expectNothingWritten();
    expect(await refusal(enqueue('receipt.send', nested(LIMITS.payloadLevels - 1)))).toBeUndefined();
  });

  it('refuses a payload over the limit by a byte', async () => {
    const orderId = 'x'.repeat(LIMITS.payloadBytes - '{"orderId":""}'.length + 1);
    const error = await refusal(enqueue('receipt.send', { orderId }));
    expect(error).toBeInstanceOf(PayloadTooLargeError);
    expect(error).toMatchObject({
      retryable: false,
      context: { type: 'receipt.send', bytes: 358_401, limit: 358_400 },
    });
    await at.expectNothingWritten();
  });

  it.each(['receipt.sent', '', 'constructor', undefined, null, 7, {}])(
    'refuses the unknown job %o',
    async (job) => {
      const error = await refusal(enqueue(job, good));
      expect(error).toBeInstanceOf(UnknownJobError);
      expect(String(error)).toContain("one of 'receipt.send', 'rows.import'");
      await at.expectNothingWritten();
    },
  );

  const tooManyTags = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`t${i}`, 'x']));
  it.each([
    ['tenant', { tenant: '' }],
    ['tenant', { tenant: 'two words' }],
    ['tenant', { tenant: 'käse' }],
    ['tenant', { tenant: 'x'.repeat(129) }],
    ['tenant', { tenant: 42 }],
    ['tenant', { tenant: null }],
    ['idempotencyKey', { idempotencyKey: '' }],
    ['idempotencyKey', { idempotencyKey: 'line\nbreak' }],
    ['idempotencyKey', { idempotencyKey: 'half a \ud83d pair' }],
    ['idempotencyKey', { idempotencyKey: 'x'.repeat(513) }],
    ['idempotencyKey', { idempotencyKey: ['key'] }],
    ['correlationId', { correlationId: '' }],
    ['correlationId', { correlationId: 'x'.repeat(129) }],
    ['correlationId', { correlationId: '\u001b[31m' }],
    ['delay', { delay: -1 }],
    ['delay', { delay: Number.NaN }],
    ['delay', { delay: '3654d' }],
    ['delay', { delay: 3_653 * 86_400_000 + 1 }],
    ['runAt', { runAt: 'tomorrow' }],
    ['runAt', { runAt: '2027-02-30T09:00:00Z' }],
    ['runAt', { runAt: '2027-13-01T09:00:00Z' }],
    ['runAt', { runAt: '2027-03-01T09:00:00' }],
    ['runAt', { runAt: '2050-01-01T00:00:00Z' }],
    ['runAt', { runAt: new Date('never') }],
    ['runAt', { runAt: Number.NaN }],
    ['runAt', { runAt: null }],
    ['runAt', { runAt: '2027-03-01T09:00:00Z', delay: '1h' }],
    ['delay', { delay: 'soon' }],
    ['delay', { delay: '' }],
    ['delay', { delay: null }],
    ['priority', { priority: 'urgent' }],
    ['priority', { priority: 'constructor' }],
    ['priority', { priority: 1 }],
    ['tags', { tags: tooManyTags }],
    ['tags', { tags: 'web' }],
    ['tags', { tags: ['web'] }],
    ['tags', { tags: 5 }],
    ['tags', { tags: null }],
    ['tags (key)', { tags: { '': 'x' } }],
    ['tags (key)', { tags: { constructor: 'x' } }],
    ['tags (key)', { tags: JSON.parse('{"__proto__":"x"}') }],
    ['tenant', { tenant: 1n }],
    ['priority', { priority: 1n }],
    ['delay', { delay: 1n }],
    ['delay', { delay: Object.create(null) }],
    ['tags (key)', { tags: { ['x'.repeat(65)]: 'x' } }],
    ['tags.source', { tags: { source: 'x'.repeat(257) } }],
    ['tags.source', { tags: { source: 7 } }],
    ['options', null],
    ['options', 'tenant'],
  ])('refuses a bad %s: %o', async (option, options) => {
    const error = await refusal(enqueue('receipt.send', good, options));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({ code: 'INVALID_OPTION', retryable: false, context: { option } });
    await at.expectNothingWritten();
  });

  it.each<EnqueueOptions>([
    { tenant: 'x'.repeat(128) },
    { tenant: 'acme!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~' },
    { idempotencyKey: 'é'.repeat(512) },
    { correlationId: 'x'.repeat(128) },
    { delay: 0 },
    { delay: '900s' },
    {
      tags: Object.fromEntries(
        Array.from({ length: 10 }, (_, i) => [`t${i}`.padEnd(64, 'x'), 'é'.repeat(256)]),
      ),
    },
    { tags: {} },
  ])('takes options at their limits: %o', async (options) => {
    await expect(at.client.enqueue('receipt.send', good, options)).resolves.toMatchObject({
      deduplicated: false,
    });
    expect(await at.records()).toHaveLength(1);
  });

  it('names every variable that the environment lacks', () => {
    const make = () => MillraceClient.fromEnvironment({ catalog, env: { MILLRACE_QUEUES: 'none' } });
    expect(make).toThrow(EnvironmentError);
    expect(make).toThrow(/MILLRACE_TABLE_NAME is not set.*MILLRACE_QUEUES is "none"/);
  });

  it('takes the whole environment', async () => {
    const env = { MILLRACE_TABLE_NAME: at.tableName, MILLRACE_QUEUES: JSON.stringify(at.queues) };
    const { dynamodb, sqs } = at;
    const client = MillraceClient.fromEnvironment({ catalog, env, dynamodb, sqs });
    const { id } = await client.enqueue('receipt.send', good);
    expect(await at.envelopes()).toMatchObject([{ id }]);
  });

  it('throws nothing but typed errors', async () => {
    const values = [null, undefined, 0, '', [], {}, 'x', Number.NaN, 1n, Symbol('s'), () => 1];
    for (const job of ['receipt.send', ...values]) {
      for (const payload of [good, ...values]) {
        for (const options of values) {
          const error = await refusal(enqueue(job, payload, options));
          if (error !== undefined) expect(error).toBeInstanceOf(MillraceError);
        }
      }
    }
  });
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = [value];
  return { orderId: '42', value };
}
