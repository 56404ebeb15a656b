import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Engine, localCredentials, startFauxqs } from '../../../../lib/local/engines/index.ts';

let engine: Engine;
let sqs: SQSClient;
beforeAll(async () => {
  engine = await startFauxqs({ region: 'eu-west-1' });
  sqs = new SQSClient({ region: 'eu-west-1', endpoint: engine.endpoint, credentials: localCredentials });
  await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
});
afterAll(async () => {
  sqs.destroy();
  await engine[Symbol.asyncDispose]();
});

const QueueUrl = () => `${engine.endpoint}/000000000000/jobs`;

describe('the local SQS', () => {
  it('names queues by an address that every system resolves', async () => {
    const { QueueUrl: url } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }));
    expect(url).toBe(QueueUrl());
  });

  it('carries every character that SQS does', async () => {
    const MessageBody = JSON.stringify({ name: 'Zoë 🎉 𝒳', tab: '\t' });
    await sqs.send(new SendMessageCommand({ QueueUrl: QueueUrl(), MessageBody }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: QueueUrl() }));
    expect(Messages?.[0]?.Body).toBe(MessageBody);
  });

  it('counts a message as in flight until its visibility timeout is over, whether or not anybody receives', async () => {
    const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName: 'counted' }));
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'a' }));
    await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, VisibilityTimeout: 1 }));
    const inFlight = async () => {
      const name = 'ApproximateNumberOfMessagesNotVisible';
      const asked = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [name] });
      return (await sqs.send(asked)).Attributes?.[name];
    };
    expect(await inFlight()).toBe('1');
    await vi.waitFor(async () => expect(await inFlight()).toBe('0'), { timeout: 5_000 });
  });

  it('keeps the message group of a standard queue, and keeps a noisy tenant from delaying the others', async () => {
    const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName: 'fair' }));
    const send = (tenant: string, ids: readonly string[]) =>
      sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: url,
          Entries: ids.map((Id) => ({ Id, MessageBody: 'the same', MessageGroupId: tenant })),
        }),
      );
    const ten = Array.from({ length: 10 }, (_, n) => `m${n}`);
    for (let n = 0; n < 6; n += 1) await send('flood', ten);
    const receive = async () => {
      const asked: ReceiveMessageCommandInput = {
        ...{ QueueUrl: url, MaxNumberOfMessages: 10 },
        MessageSystemAttributeNames: ['MessageGroupId'],
      };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
      return Messages.map(({ Attributes }) => Attributes?.MessageGroupId);
    };
    for (let n = 0; n < 3; n += 1) expect(new Set(await receive())).toEqual(new Set(['flood']));
    await send('quiet', ['a', 'b']);
    expect((await receive()).slice(0, 3)).toEqual(['quiet', 'quiet', 'flood']);
  });

  it.each(['\u0000', '\uFFFE', '\uD800'])('refuses what SQS refuses', async (character) => {
    const sending = sqs.send(new SendMessageCommand({ QueueUrl: QueueUrl(), MessageBody: `a${character}b` }));
    await expect(sending).rejects.toThrow('Invalid characters');
  });
});

describe('the local S3', () => {
  it('serves a client that knows nothing of path-style requests', async () => {
    const s3 = new S3Client({
      region: 'eu-west-1',
      endpoint: engine.endpoint,
      credentials: localCredentials,
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'reports' }));
    await s3.send(new PutObjectCommand({ Bucket: 'reports', Key: 'a/b c', Body: 'hello' }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'reports', Key: 'a/b c' }));
    expect(await Body?.transformToString()).toBe('hello');
    s3.destroy();
  });
});
