import {
  DeleteMessageBatchCommand,
  type Message,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  type Envelope,
  RegionMismatchError,
  ResourceMissingError,
  readEnvelope,
  systemClock,
} from '../../lib/contract/index.ts';
import { Dispatcher, SendFailedError, Visibility } from '../../lib/dispatch/index.ts';
import { testEnvelope } from '../dispatch/test-envelope.ts';
import { testSqsClient } from '../dispatch/test-queue.ts';
import { alterEntries } from './alter-entries.ts';
import { ScratchQueue } from './scratch-queue.ts';

// Everything that lib/dispatch asks of SQS, on engines that were written apart from each other. Where they differ is in
// sqs-differences.conformance.ts.

/** What each engine refuses of one entry alone; no client of ours sends it. SQS refuses both. */
const REFUSED: Record<string, Partial<SendMessageBatchRequestEntry>> = {
  fauxqs: { MessageBody: '\uffff' },
  ElasticMQ: { DelaySeconds: 901 },
};

const DONE = { status: 'fulfilled', value: undefined };

function envelopesOf(messages: readonly Message[]): Envelope[] {
  return messages.map(({ Body = '' }) => readEnvelope(Body));
}

function ids(envelopes: readonly Envelope[]): string[] {
  return envelopes.map(({ id }) => id).sort();
}

describe.each(inject('sqsEngines'))('dispatch on $name', (engine) => {
  let client: SQSClient;
  let normal: ScratchQueue;
  let low: ScratchQueue;
  let dispatcher: Dispatcher;
  let visibility: Visibility;
  const made: ScratchQueue[] = [];
  const create = async (
    ...options: Parameters<typeof ScratchQueue.create> extends [unknown, ...infer R] ? R : never
  ) => {
    const queue = await ScratchQueue.create(client, ...options);
    made.push(queue);
    return queue;
  };

  beforeAll(() => {
    client = testSqsClient(engine);
  });
  beforeEach(async () => {
    [normal, low] = await Promise.all([create(), create()]);
    const queues = { default: { normal: normal.url, low: low.url } };
    dispatcher = new Dispatcher({ client, queues, clock: systemClock });
    visibility = new Visibility({ client, clock: systemClock });
  });
  afterAll(async () => {
    for (const queue of made) await queue[Symbol.asyncDispose]();
    client.destroy();
  });

  it('sends an envelope to the queue of its pool and priority', async () => {
    const envelope = testEnvelope({ priority: 'low' });
    await dispatcher.send(envelope);
    expect(envelopesOf(await low.wait(1))).toEqual([envelope]);
    expect(await normal.receive()).toEqual([]);
  });

  it('carries every character that JSON knows, those included that SQS refuses', async () => {
    const text = String.fromCodePoint(0, 8, 0x7f, 0xd800, 0xfffe, 0xffff, 0x1f600, 0x1fffe, 0x10ffff);
    const [single, many] = [testEnvelope({ payload: { text } }), testEnvelope({ tags: { note: '\uffff' } })];
    await dispatcher.send(single);
    expect(await dispatcher.sendMany([many])).toEqual([DONE]);
    expect(ids(envelopesOf(await normal.wait(2)))).toEqual(ids([single, many]));
  });

  it('keeps back what is due later, sent alone and in a batch', async () => {
    const runAt = Date.now() + 1_200;
    const later = [testEnvelope({ runAt }), testEnvelope({ runAt })] as const;
    const now = testEnvelope();
    await dispatcher.send(later[0]);
    await dispatcher.sendMany([later[1], now]);
    expect(ids(envelopesOf(await normal.receive()))).toEqual([now.id]);
    expect(ids(envelopesOf(await normal.wait(2)))).toEqual(ids(later));
    expect(Date.now()).toBeGreaterThanOrEqual(runAt);
  });

  it('sends with the tenant as the message group, alone and in a batch, to a standard queue', async () => {
    const envelopes = [
      testEnvelope({ tenant: 'acme' }),
      testEnvelope({ tenant: '!~' }),
      testEnvelope(),
    ] as const;
    await dispatcher.send(envelopes[0]);
    expect(await dispatcher.sendMany(envelopes.slice(1))).toEqual([DONE, DONE]);
    expect(ids(envelopesOf(await normal.wait(3)))).toEqual(ids(envelopes));
  });

  it('sends many, ten a request, each queue by itself, and answers in order', async () => {
    const envelopes = Array.from({ length: 33 }, (_, i) =>
      testEnvelope({ priority: i % 3 === 0 ? 'low' : 'normal', payload: i }),
    );
    expect(await dispatcher.sendMany(envelopes)).toEqual(envelopes.map(() => DONE));
    const received = [...(await normal.wait(22)), ...(await low.wait(11))];
    expect(ids(envelopesOf(received))).toEqual(ids(envelopes));
  });

  it('reports the entry that the queue refuses and sends its neighbours', async () => {
    const envelopes = [testEnvelope(), testEnvelope(), testEnvelope()];
    using _spoilt = alterEntries(client, (entry) =>
      entry.Id === '1' ? { ...entry, ...REFUSED[engine.name] } : entry,
    );
    const results = await dispatcher.sendMany(envelopes);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: expect.any(SendFailedError) });
    expect(ids(envelopesOf(await normal.wait(2)))).toEqual(ids(envelopes.filter((_, i) => i !== 1)));
  });

  it('says which queue is not there, whatever it asks of it', async () => {
    const gone = await ScratchQueue.create(client);
    await gone[Symbol.asyncDispose]();
    const lost = new Dispatcher({ client, queues: { default: { normal: gone.url } }, clock: systemClock });
    const missing = expect.objectContaining({ code: 'RESOURCE_MISSING' });
    await expect(lost.send(testEnvelope())).rejects.toEqual(missing);
    await expect(lost.send(testEnvelope())).rejects.toBeInstanceOf(ResourceMissingError);
    expect(await lost.sendMany([testEnvelope()])).toMatchObject([{ status: 'rejected', reason: missing }]);
    const delivered = { eventSourceARN: gone.arn, receiptHandle: 'receipt' };
    await expect(visibility.leave(delivered, Date.now())).rejects.toEqual(missing);
  });

  it('refuses queues of another Region before it asks anything', async () => {
    const url = 'https://sqs.us-east-1.amazonaws.com/123456789012/jobs';
    const abroad = new Dispatcher({
      client,
      queues: { default: { normal: normal.url, low: url } },
      clock: systemClock,
    });
    await expect(abroad.send(testEnvelope())).rejects.toBeInstanceOf(RegionMismatchError);
    expect(await normal.receive()).toEqual([]);
  });

  describe('a message that is left', () => {
    it('comes back when it was to, one receive older, under the same id', async () => {
      await dispatcher.send(testEnvelope());
      const [first = {}] = await normal.wait(1);
      const until = Date.now() + 1_200;
      await visibility.leave(normal.delivered(first), until);
      expect(await normal.receive()).toEqual([]);
      const [second = {}] = await normal.wait(1);
      expect(Date.now()).toBeGreaterThanOrEqual(until);
      expect(second).toMatchObject({ MessageId: first.MessageId, Body: first.Body });
      expect([first, second].map((m) => m.Attributes?.ApproximateReceiveCount)).toEqual(['1', '2']);
      expect(second.Attributes?.SentTimestamp).toBe(first.Attributes?.SentTimestamp);
    });

    it('comes back at once when its time has passed', async () => {
      await dispatcher.send(testEnvelope());
      const [first = {}] = await normal.wait(1);
      await visibility.leave(normal.delivered(first), Date.now() - 60_000);
      expect(await normal.wait(1)).toMatchObject([{ MessageId: first.MessageId }]);
    });

    it('stays away for as long as SQS allows, not longer', async () => {
      await dispatcher.send(testEnvelope());
      const [first = {}] = await normal.wait(1);
      await visibility.leave(normal.delivered(first), Date.now() + 7 * 86_400_000);
      expect(await normal.receive()).toEqual([]);
    });

    it('falls into the dead-letter queue once it was received too often, as it was sent', async () => {
      const dead = await create();
      const policy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 };
      const queue = await create({ RedrivePolicy: JSON.stringify(policy) });
      const envelope = testEnvelope({ tenant: 'acme' });
      await new Dispatcher({ client, queues: { default: { normal: queue.url } }, clock: systemClock }).send(
        envelope,
      );
      const [first = {}] = await queue.wait(1, 0);
      await queue.wait(1, 0);
      expect(await queue.receive()).toEqual([]);
      const [fallen = {}] = await dead.wait(1);
      expect(envelopesOf([fallen])).toEqual([envelope]);
      expect(fallen.MessageId).toBe(first.MessageId);
    });
  });

  it('deletes by receipt what was done, and nothing else', async () => {
    const envelopes = [testEnvelope(), testEnvelope(), testEnvelope()];
    await dispatcher.sendMany(envelopes);
    const received = await normal.wait(3, 1);
    const Entries = received.slice(1).map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: normal.url, Entries }));
    expect(await normal.wait(1)).toMatchObject([{ MessageId: received[0]?.MessageId }]);
  });
});
