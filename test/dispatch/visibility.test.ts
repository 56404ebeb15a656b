import type { ChangeMessageVisibilityCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PermissionError, ResourceMissingError, systemClock } from '../../lib/contract/index.ts';
import { Dispatcher, type Received, Visibility } from '../../lib/dispatch/index.ts';
import type { Engine } from '../../lib/local/engines/index.ts';
import { meddle, watch } from '../faults/sdk-faults.ts';
import { testEnvelope } from './test-envelope.ts';
import { startTestSqs, TestQueue, testSqsClient } from './test-queue.ts';

describe('Visibility.leave', () => {
  const now = Date.now();
  const clock = { ...systemClock, now: () => now };
  let engine: Engine;
  let client: SQSClient;
  let queue: TestQueue;
  let message: Received;
  beforeAll(async () => {
    engine = await startTestSqs();
  });
  afterAll(() => engine[Symbol.asyncDispose]());
  beforeEach(async () => {
    client = testSqsClient(engine);
    queue = await TestQueue.create(client);
    await new Dispatcher({ client, queues: { default: { normal: queue.url } }, clock }).send(testEnvelope());
    const [received] = await queue.receive();
    message = { eventSourceARN: queue.arn, receiptHandle: received?.ReceiptHandle ?? '' };
  });

  it('has a message that is due come back at once', async () => {
    expect(await queue.receive()).toEqual([]);
    await new Visibility({ client, clock }).leave(message, now - 1);
    expect(await queue.receive()).toHaveLength(1);
  });

  it.each([
    { wait: 0, timeout: 0 },
    { wait: 1, timeout: 1 },
    { wait: 90_000, timeout: 90 },
    // 12 hours count from the receive, which lies behind: a minute of them is left.
    { wait: 86_400_000, timeout: 43_140 },
  ])('keeps a message away for $timeout s when it is due in $wait ms', async ({ wait, timeout }) => {
    using calls = watch<ChangeMessageVisibilityCommandInput>(client, 'ChangeMessageVisibilityCommand');
    await new Visibility({ client, clock }).leave(message, now + wait);
    expect(calls.inputs.map(({ VisibilityTimeout }) => VisibilityTimeout)).toEqual([timeout]);
  });

  it('says that the queue is gone, or that the credentials do not allow it', async () => {
    const visibility = new Visibility({ client, clock });
    const gone = { ...message, eventSourceARN: `${queue.arn}-gone` };
    await expect(visibility.leave(gone, now)).rejects.toBeInstanceOf(ResourceMissingError);
    using _ = meddle(client, 'ChangeMessageVisibilityCommand', () =>
      Promise.reject(Object.assign(new Error('not authorized'), { name: 'AccessDenied' })),
    );
    await expect(visibility.leave(message, now)).rejects.toBeInstanceOf(PermissionError);
  });
});
