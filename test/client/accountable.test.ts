import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Accountable } from '../../lib/client/index.ts';
import { InvalidOptionError, LIMITS } from '../../lib/contract/index.ts';
import { type BulkRedriveOptions, Operator } from '../../lib/operate/index.ts';
import { putDeadJob } from './dead-job.ts';
import { catalog, Deployment, Engines } from './fixture.ts';

describe('who does something to a job, and why', () => {
  let engines: Engines;
  let at: Deployment;
  let dead: string;
  let queued: string;
  beforeAll(async () => {
    engines = await Engines.start();
    at = await Deployment.create(engines);
    dead = (await putDeadJob(at)).id;
    queued = (await at.client.enqueue('receipt.send', { orderId: '42' })).id;
  });
  afterAll(() => engines[Symbol.asyncDispose]());

  const operate = (options: BulkRedriveOptions) => {
    const { tableName, queues, dynamodb, sqs } = at;
    return new Operator({ catalog, tableName, queues, dynamodb, sqs }).redrive(options);
  };
  const VERBS: [string, (who: Accountable) => Promise<unknown>][] = [
    ['a redrive', (who) => at.client.redrive([dead], who)],
    ['a dry run', (who) => at.client.redrive([dead], { ...who, dryRun: true })],
    ['a cancel', (who) => at.client.cancel([queued], who)],
    ['an operator’s redrive by id', (who) => operate({ ids: [dead], ...who })],
    ['an operator’s redrive by filter', (who) => operate({ filter: {}, ...who })],
  ];

  const WRONG: [string, unknown][] = [
    ['a number', 42],
    ['null', null],
    ['an Error', new Error('no')],
    ['nothing', ''],
    ['half of a character', 'ada \ud83d'],
  ];

  describe.each(VERBS)('of %s', (_verb, act) => {
    it.each([
      ...WRONG.flatMap(([what, value]) => [
        ['by', what, value],
        ['why', what, value],
      ]),
      ['by', 'too long a text', 'x'.repeat(LIMITS.byLength + 1)],
      ['why', 'too long a text', 'x'.repeat(LIMITS.whyLength + 1)],
    ])('is refused before anything is written where `%s` is %s', async (option, _what, value) => {
      const before = await at.items();
      const refusal = await act({ [option as string]: value }).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(InvalidOptionError);
      expect(refusal).toMatchObject({ context: { option }, retryable: false });
      expect(await at.items()).toEqual(before);
    });
  });

  it('stands in the history, up to its longest', async () => {
    const who = { by: '🎈'.repeat(LIMITS.byLength / 2), why: 'line\n'.repeat(LIMITS.whyLength / 5) };
    await at.client.redrive([dead], who);
    await at.client.cancel([queued], who);
    for (const id of [dead, queued]) expect((await at.client.history(id)).at(-1)).toMatchObject(who);
  });

  it('is the client where nobody is named', async () => {
    const { id } = await at.client.enqueue('receipt.send', { orderId: '43' });
    await at.client.cancel([id], { by: undefined, why: undefined });
    expect((await at.client.history(id)).at(-1)).toMatchObject({ to: 'cancelled', by: 'client' });
  });
});
