import type { Message } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Envelope, isEnded, readEnvelope } from '../../lib/contract/index.ts';
import { Lab } from '../worker/lab.ts';
import { bodies } from './bodies.ts';
import { Pipeline } from './pipeline.ts';
import { scaled, TIME_LIMIT } from './scale.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** Stand for the id and the generation of a live job, which are known only when the messages are sent. */
const ID = '0ID000000000000000000000ID';
const GEN = '0GEN0000000000000000000GEN';
const envelope: Envelope = {
  ...{
    v: 1,
    id: ID,
    gen: GEN,
    dispatch: 0,
    nonce: 'a-foreign-nonce',
    type: 'work',
    version: 1,
    pool: 'default',
  },
  ...{
    priority: 'normal',
    attempts: 0,
    runAt: 1_700_000_000_000,
    enqueuedAt: 1_700_000_000_000,
    payload: { n: 1 },
  },
};
/** SQS: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF (SendMessage, API reference). */
const SENDABLE = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]+$/u;
const sendable = bodies(envelope).filter((body) => SENDABLE.test(body));

const BATCHES = scaled(250);
const BROKEN = 6;

function isReadable(body: string): boolean {
  try {
    readEnvelope(body);
    return true;
  } catch {
    return false;
  }
}

describe(`${BATCHES} batches of broken messages among good ones, through worker and recorder`, () => {
  it(
    'each good one runs, each unreadable one is left, falls, and is filed with its body as it was',
    async () => {
      const pipeline = await Pipeline.of(lab);
      const { stand } = pipeline;
      const filed: string[] = [];
      const enqueued: string[] = [];

      const batch = async (broken: readonly string[]) => {
        const results = await stand.client.enqueueMany(
          [1, 2, 3].map((n) => ({ job: 'work', payload: { n } })),
        );
        const ids = results.map((result) => (result.ok ? result.job.id : ''));
        enqueued.push(...ids);
        const [, , live = ''] = ids;
        const { gen } = await stand.record(live);
        await pipeline.send(broken.map((body) => body.replaceAll(ID, live).replaceAll(GEN, gen)));

        const received = await pipeline.receive();
        expect(received).toHaveLength(BROKEN + 3);
        const { failures, lost } = await stand.deliver(shuffled(received));
        expect(lost).toBe(false);
        const unreadable = received.filter(({ Body = '' }) => !isReadable(Body));
        expect(failures).toEqual(expect.arrayContaining(unreadable.map(({ MessageId }) => MessageId)));
        for (const id of ids.slice(0, 2))
          expect(await stand.record(id)).toMatchObject({ status: 'succeeded' });

        await pipeline.fall();
        for (const message of unreadable) await expectFiled(pipeline, message);
        filed.push(...unreadable.map(({ Body = '' }) => Body));
      };
      await fc.assert(fc.asyncProperty(fc.array(sendable, { minLength: BROKEN, maxLength: BROKEN }), batch), {
        numRuns: BATCHES,
        endOnFailure: true,
      });

      await stand.drain();
      await pipeline.fall();
      for (const id of enqueued) expect(isEnded((await stand.record(id)).status)).toBe(true);
      expect(await listedBodies(pipeline)).toEqual([...filed].sort());
    },
    TIME_LIMIT,
  );
});

async function expectFiled(pipeline: Pipeline, message: Message): Promise<void> {
  expect(await pipeline.quarantined(message)).toMatchObject({
    body: { S: message.Body },
    bodyParts: { N: '1' },
  });
}

async function listedBodies({ stand }: Pipeline): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await stand.client.listQuarantined({
      limit: 1_000,
      ...(cursor !== undefined && { cursor }),
    });
    expect(page.unreadable).toEqual([]);
    found.push(...page.messages.map(({ body }) => body));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found.sort();
}

/** Good and broken in another order than they were sent in; the same for the same messages. */
function shuffled(messages: readonly Message[]): Message[] {
  return [...messages].sort((a, b) => (a.MessageId ?? '').localeCompare(b.MessageId ?? ''));
}
