import type { SendMessageBatchCommandInput, SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  InvalidOptionError,
  LIMITS,
  RegionMismatchError,
  ResourceMissingError,
  systemClock,
} from '../../lib/contract/index.ts';
import { Dispatcher, SendFailedError } from '../../lib/dispatch/index.ts';
import type { Engine } from '../../lib/local/engines/index.ts';
import { failBefore, refuseEntries, watch } from '../faults/sdk-faults.ts';
import { testEnvelope } from './test-envelope.ts';
import { REGION, startTestSqs, TestQueue, testSqsClient } from './test-queue.ts';

describe('Dispatcher', () => {
  let engine: Engine;
  let client: SQSClient;
  let normal: TestQueue;
  let low: TestQueue;
  let dispatcher: Dispatcher;
  const now = Date.now();
  const clock = { ...systemClock, now: () => now };

  beforeAll(async () => {
    engine = await startTestSqs();
  });
  afterAll(() => engine[Symbol.asyncDispose]());
  beforeEach(async () => {
    client = testSqsClient(engine);
    normal = await TestQueue.create(client);
    low = await TestQueue.create(client);
    dispatcher = new Dispatcher({
      client,
      queues: { default: { normal: normal.url, low: low.url } },
      clock,
    });
  });

  it('sends an envelope to the queue of its pool and priority', async () => {
    const envelope = testEnvelope({ priority: 'low' });
    await dispatcher.send(envelope);
    expect(await low.envelopes()).toEqual([envelope]);
    expect(await normal.envelopes()).toEqual([]);
  });

  it.each([
    { wait: 0, delay: undefined },
    { wait: -5_000, delay: undefined },
    { wait: 1, delay: 1 },
    { wait: 1_001, delay: 2 },
    { wait: 900_000, delay: 900 },
    { wait: 86_400_000, delay: 900 },
  ])('delays a job due in $wait ms by $delay s', async ({ wait, delay }) => {
    using sent = watch<SendMessageCommandInput>(client, 'SendMessageCommand');
    await dispatcher.send(testEnvelope({ runAt: now + wait }));
    expect(sent.inputs[0]?.DelaySeconds).toBe(delay);
    expect(await normal.receive()).toHaveLength(delay === undefined ? 1 : 0);
  });

  it('makes the tenant the message group, and sends none without a tenant', async () => {
    using sent = watch<SendMessageCommandInput>(client, 'SendMessageCommand');
    await dispatcher.send(testEnvelope({ tenant: 'acme' }));
    await dispatcher.send(testEnvelope());
    expect(sent.inputs.map(({ MessageGroupId }) => MessageGroupId)).toEqual(['acme', undefined]);
  });

  it('carries every character that JSON knows, those included that SQS refuses', async () => {
    const text = String.fromCodePoint(0, 8, 0x7f, 0xd800, 0xfffe, 0xffff, 0x1f600, 0x1fffe, 0x10ffff);
    const single = testEnvelope({ payload: { text }, tags: { note: '\uffff' } });
    const many = testEnvelope({ payload: { text } });
    await dispatcher.send(single);
    expect(await dispatcher.sendMany([many])).toEqual([{ status: 'fulfilled', value: undefined }]);
    expect(await normal.envelopes()).toEqual([single, many]);
  });

  it('says which queue is not there', async () => {
    const gone = `${normal.url}-gone`;
    const broken = new Dispatcher({ client, queues: { default: { normal: gone } }, clock });
    const error = await broken.send(testEnvelope()).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ResourceMissingError);
    expect(error).toMatchObject({
      retryable: false,
      context: { resource: 'queue', name: gone, region: REGION },
    });
    const [result] = await broken.sendMany([testEnvelope()]);
    expect(result).toMatchObject({ status: 'rejected', reason: expect.any(ResourceMissingError) });
  });

  it.each([{ pool: 'reports' }, { priority: 'critical' as const }])(
    'names the queues that it knows when there is none for %o',
    async (changes) => {
      const error = await dispatcher.send(testEnvelope(changes)).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(InvalidOptionError);
      expect(String(error)).toContain('default/normal, default/low');
    },
  );

  it('refuses queues of another Region before it sends', async () => {
    const url = 'https://sqs.us-east-1.amazonaws.com/123456789012/jobs';
    const abroad = new Dispatcher({ client, queues: { default: { normal: normal.url, low: url } }, clock });
    using sent = watch(client, 'SendMessageCommand');
    await expect(abroad.send(testEnvelope())).rejects.toBeInstanceOf(RegionMismatchError);
    await expect(abroad.send(testEnvelope())).rejects.toThrow(
      'https://sqs.us-east-1.amazonaws.com/123456789012/jobs (us-east-1) and a client in eu-west-1',
    );
    expect(sent.tries).toBe(0);
  });

  it('passes on what the network does', async () => {
    using _ = failBefore(client, 'SendMessageCommand');
    await expect(dispatcher.send(testEnvelope())).rejects.toThrow('socket hang up');
  });

  describe('sendMany', () => {
    it('sends nothing for nothing', async () => {
      expect(await dispatcher.sendMany([])).toEqual([]);
    });

    it('sends ten a request, each queue by itself, and answers in order', async () => {
      using sent = watch<SendMessageBatchCommandInput>(client, 'SendMessageBatchCommand');
      const envelopes = Array.from({ length: 33 }, (_, i) =>
        testEnvelope({ priority: i % 3 === 0 ? 'low' : 'normal', payload: i }),
      );
      const results = await dispatcher.sendMany(envelopes);

      expect(results).toEqual(envelopes.map(() => ({ status: 'fulfilled', value: undefined })));
      const sizes = sent.inputs.map(({ Entries = [] }) => Entries.length).sort((a, b) => a - b);
      expect(sizes).toEqual([1, 2, 10, 10, 10]);
      const received = [...(await normal.envelopes()), ...(await low.envelopes())];
      expect(received.map(({ id }) => id).sort()).toEqual(envelopes.map(({ id }) => id).sort());
    });

    it('keeps each request within 1 MiB', async () => {
      using sent = watch<SendMessageBatchCommandInput>(client, 'SendMessageBatchCommand');
      const payload = '€'.repeat(Math.floor(LIMITS.payloadBytes / 3) - 10);
      const envelopes = Array.from({ length: 7 }, () => testEnvelope({ payload }));
      const results = await dispatcher.sendMany(envelopes);

      expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
      const bytes = sent.inputs.map(({ Entries = [] }) =>
        Entries.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0),
      );
      expect(bytes).toHaveLength(4);
      expect(Math.max(...bytes)).toBeLessThanOrEqual(1_048_576);
      expect(await normal.receive()).toHaveLength(7);
    });

    it('reports the entry that SQS refused and sends the others', async () => {
      const envelopes = Array.from({ length: 5 }, () => testEnvelope());
      using _ = refuseEntries(client, (body) => body.includes(envelopes[2]?.id ?? ''));
      const results = await dispatcher.sendMany(envelopes);

      const statuses = results.map(({ status }) => status);
      expect(statuses).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
      expect(results[2]).toMatchObject({
        reason: expect.any(SendFailedError),
      });
      expect((results[2] as PromiseRejectedResult).reason).toMatchObject({
        retryable: true,
        context: { awsCode: 'InternalError' },
      });
      expect(await normal.envelopes()).toHaveLength(4);
    });

    it('leaves a request that fails to its own entries', async () => {
      using _ = failBefore(client, 'SendMessageBatchCommand', 1);
      const envelopes = Array.from({ length: 15 }, () => testEnvelope());
      const results = await dispatcher.sendMany(envelopes);
      const failed = results.filter(({ status }) => status === 'rejected');
      const sent = await normal.envelopes();
      expect(failed.length + sent.length).toBe(15);
      expect([5, 10]).toContain(failed.length);
    });

    it('answers for each envelope, also for one that has no queue', async () => {
      const results = await dispatcher.sendMany([
        testEnvelope(),
        testEnvelope({ pool: 'reports' }),
        testEnvelope(),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await normal.envelopes()).toHaveLength(2);
    });
  });
});
