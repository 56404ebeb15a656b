import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCatalog, defineJob, type JobType, Snooze, type Tags } from '../../lib/contract/index.ts';
import type { Handler } from '../../lib/worker/index.ts';
import { Lab } from './lab.ts';
import type { Call } from './wire.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const charge = { name: 'charge', timeout: '10s', retry: { maxAttempts: 3 } } as const;
const first = defineJob({ ...charge, schema: z.unknown() });
const any = defineJob({ ...charge, schema: z.object({ event: z.any() }) });

/** Sends the job on once, by what it throws then. */
const ENDS: [string, () => unknown][] = [
  ['a retry', () => new Error('no answer')],
  ['a snooze', () => new Snooze({ for: '10s' })],
];

/** Runs the first attempt of what an older build enqueued; `sent` is the message of the next dispatch. */
async function sentOn<J extends JobType>(
  type: J,
  handler: Handler<J>,
  { payload = { event: {} }, tags = {} }: { payload?: unknown; tags?: Tags },
) {
  const handlers = { charge: handler as unknown as Handler<JobType> };
  const stand = await lab.stand({ catalog: defineCatalog([type as JobType]), handlers });
  const { wire } = stand;
  const { id } = await stand.clientOf(defineCatalog([first])).enqueue('charge', payload, { tags });
  await stand.invoke();
  const [sent] = wire.calls.filter(({ name }) => name === 'SendMessage');
  const { MessageBody } = (sent as Call).input as { MessageBody: string };
  const body = JSON.parse(MessageBody);
  return { stand, id, body };
}

describe.each(ENDS)('what is changed in place is not what is sent on after %s', (_, thrown) => {
  it('an upcaster changes the payload of the older version', async () => {
    const seen: unknown[] = [];
    const type = defineJob({
      ...{ ...charge, version: 2, schema: z.object({ cents: z.number() }) },
      upcast: {
        1: (old) => {
          const money = old as { cents: number };
          money.cents *= 100;
          return money;
        },
      },
    });
    const handler: Handler<typeof type> = (payload) => {
      seen.push({ ...payload });
      if (seen.length === 1) throw thrown();
    };
    const { stand, id, body } = await sentOn(type, handler, { payload: { cents: 5 } });
    expect(body).toMatchObject({ dispatch: 1, version: 1, payload: { cents: 5 } });
    await stand.drain();
    expect(seen).toEqual([{ cents: 500 }, { cents: 500 }]);
    expect((await stand.record(id)).status).toBe('succeeded');
  });

  const passedOn: [string, JobType][] = [
    ['zod’s any', any],
    ['a loose object', defineJob({ ...charge, schema: z.looseObject({}) })],
    ['valibot’s unknown', defineJob({ ...charge, schema: v.object({ event: v.unknown() }) })],
  ];
  it.each(passedOn)('a handler changes what its schema passes on: %s', async (_schema, type) => {
    const seen: unknown[] = [];
    const handler = (payload: unknown) => {
      seen.push(structuredClone(payload));
      const { event } = payload as { event: { items?: string[]; token?: string } };
      event.items?.shift();
      event.token = 'secret';
      if (seen.length === 1) throw thrown();
    };
    const payload = { event: { items: ['a', 'b'] } };
    const { stand, body } = await sentOn(type, handler, { payload });
    expect(body.payload).toEqual(payload);
    await stand.drain();
    expect(seen).toEqual([payload, payload]);
  });

  it('a handler changes the tags', async () => {
    const seen: unknown[] = [];
    const handler: Handler<typeof any> = (_payload, { tags }) => {
      seen.push({ ...tags });
      Object.assign(tags, { plan: 'free', token: 'secret' });
      if (seen.length === 1) throw thrown();
    };
    const tags = { plan: 'pro' };
    const { stand, body } = await sentOn(any, handler, { tags });
    expect(body.tags).toEqual(tags);
    await stand.drain();
    expect(seen).toEqual([tags, tags]);
  });
});

it('a handler that goes on after its time changes nothing of what is sent on', async () => {
  const handler: Handler<typeof any> = ({ event }, { signal }) => {
    signal.addEventListener('abort', () => event.items.push('late'));
    return new Promise(() => undefined);
  };
  const payload = { event: { items: ['a'] } };
  const { body } = await sentOn(any, handler, { payload });
  expect(body).toMatchObject({ dispatch: 1, payload });
});
