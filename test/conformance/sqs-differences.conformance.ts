import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  type QueueAttributeName,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { testSqsClient } from '../dispatch/test-queue.ts';
import { ScratchQueue } from './scratch-queue.ts';

// Where the engines that stand in for SQS differ, and which of them does as SQS does (API reference, in the words of
// `sqs`). Millrace asks for none of it: it checks before it sends, and takes any refusal of a receipt for what it is. A test
// that fails here after an upgrade says that an engine has changed.

interface Difference {
  readonly what: string;
  readonly ask: (queue: ScratchQueue, client: SQSClient) => Promise<unknown>;
  /** `taken`, or the name of the error; of a batch the code of the entry that failed. */
  readonly fauxqs: string;
  readonly ElasticMQ: string;
  readonly sqs: string;
}

const MIB = 1_048_576;
const TAKEN = 'taken';

function send(options: Partial<SendMessageCommandInput>): Difference['ask'] {
  return ({ url: QueueUrl }, client) =>
    client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a', ...options }));
}

/** A batch of a good entry and one that is `changed`. */
function sendBatch(changed: Partial<SendMessageBatchRequestEntry>, good = 'a'): Difference['ask'] {
  return async ({ url: QueueUrl }, client) => {
    const Entries = [
      { Id: 'good', MessageBody: good },
      { Id: 'changed', MessageBody: 'b', ...changed },
    ];
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const [failed] = Failed;
    if (failed) throw Object.assign(new Error(failed.Message), { name: `${failed.Id}: ${failed.Code}` });
  };
}

/** A message received once, and again: two receipts of one message, the older one first. */
async function receivedTwice(queue: ScratchQueue, client: SQSClient): Promise<[Message, Message]> {
  await client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'a' }));
  const [first = {}] = await queue.wait(1, 0);
  const [second = {}] = await queue.wait(1, 30);
  return [first, second];
}

function leave(
  { url: QueueUrl }: ScratchQueue,
  client: SQSClient,
  { ReceiptHandle }: Message,
  VisibilityTimeout = 1,
): Promise<unknown> {
  return client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
}

function remove({ url: QueueUrl }: ScratchQueue, client: SQSClient, { ReceiptHandle }: Message) {
  return client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
}

const DIFFERENCES: readonly Difference[] = [
  {
    what: 'a delay of more than 900 seconds',
    ask: send({ DelaySeconds: 901 }),
    ...{ fauxqs: TAKEN, ElasticMQ: 'InvalidParameterValue', sqs: 'DelaySeconds: 0 to 900' },
  },
  {
    what: 'a delay of more than 900 seconds in a batch',
    ask: sendBatch({ DelaySeconds: 901 }),
    ...{ fauxqs: TAKEN, ElasticMQ: 'changed: InvalidParameterValue', sqs: 'the entry fails alone' },
  },
  {
    what: 'a message group with a space',
    ask: send({ MessageGroupId: 'two words' }),
    ...{ fauxqs: TAKEN, ElasticMQ: 'InvalidParameterValue', sqs: 'alphanumeric characters and punctuation' },
  },
  {
    what: 'a message group of 129 characters',
    ask: send({ MessageGroupId: 'x'.repeat(129) }),
    ...{ fauxqs: TAKEN, ElasticMQ: 'InvalidParameterValue', sqs: 'at most 128 characters' },
  },
  {
    what: 'a character that SQS refuses, in a batch',
    ask: sendBatch({ MessageBody: '\uffff' }),
    ...{
      fauxqs: 'changed: InvalidMessageContents',
      ElasticMQ: 'InvalidAction',
      sqs: 'the entry fails alone',
    },
  },
  {
    what: 'an empty body in a batch',
    ask: sendBatch({ MessageBody: '' }),
    ...{ fauxqs: TAKEN, ElasticMQ: 'changed: InvalidAttributeValue', sqs: 'at least one character' },
  },
  {
    what: 'a message of 1 MiB',
    ask: send({ MessageBody: 'x'.repeat(MIB) }),
    ...{ fauxqs: TAKEN, ElasticMQ: 'InvalidAttributeValue', sqs: 'at most 1,048,576 bytes' },
  },
  {
    what: 'a batch of 1 MiB',
    ask: sendBatch({ MessageBody: 'x'.repeat(MIB / 2) }, 'x'.repeat(MIB / 2)),
    ...{ fauxqs: TAKEN, ElasticMQ: 'InvalidAttributeValue', sqs: 'at most 1,048,576 bytes in all' },
  },
  {
    what: 'a batch of more than 1 MiB',
    ask: sendBatch({ MessageBody: 'x'.repeat(MIB / 2 + 1) }, 'x'.repeat(MIB / 2)),
    ...{ fauxqs: 'BatchRequestTooLong', ElasticMQ: 'InvalidAttributeValue', sqs: 'BatchRequestTooLong' },
  },
  {
    what: 'leaving by a receipt that a later receive took the place of',
    ask: async (queue, client) => leave(queue, client, (await receivedTwice(queue, client))[0]),
    ...{ fauxqs: 'MessageNotInflight', ElasticMQ: 'ReceiptHandleIsInvalid', sqs: 'either of the two' },
  },
  {
    what: 'leaving a message that was deleted',
    ask: async (queue, client) => {
      const [, newest] = await receivedTwice(queue, client);
      await remove(queue, client, newest);
      await leave(queue, client, newest);
    },
    ...{ fauxqs: 'MessageNotInflight', ElasticMQ: 'ReceiptHandleIsInvalid', sqs: 'MessageNotInflight' },
  },
  {
    what: 'leaving for more than 12 hours',
    ask: async (queue, client) => leave(queue, client, (await receivedTwice(queue, client))[1], 43_201),
    ...{ fauxqs: 'InvalidParameterValue', ElasticMQ: TAKEN, sqs: '0 to 43,200' },
  },
  {
    what: 'deleting by a receipt that a later receive took the place of',
    ask: async (queue, client) => remove(queue, client, (await receivedTwice(queue, client))[0]),
    ...{ fauxqs: TAKEN, ElasticMQ: 'ReceiptHandleIsInvalid', sqs: 'taken; the message may stay' },
  },
  {
    what: 'deleting twice',
    ask: async (queue, client) => {
      const [, newest] = await receivedTwice(queue, client);
      await remove(queue, client, newest);
      await remove(queue, client, newest);
    },
    ...{ fauxqs: TAKEN, ElasticMQ: 'ReceiptHandleIsInvalid', sqs: 'taken' },
  },
];

describe.each(inject('sqsEngines'))('what the engines do not agree on: $name', (engine) => {
  let client: SQSClient;
  let queue: ScratchQueue;
  const made: ScratchQueue[] = [];
  beforeAll(() => {
    client = testSqsClient(engine);
  });
  beforeEach(async () => {
    queue = await ScratchQueue.create(client);
    made.push(queue);
  });
  afterAll(async () => {
    for (const each of made) await each[Symbol.asyncDispose]();
    client.destroy();
  });

  it.each(DIFFERENCES)('$what (SQS: $sqs)', async ({ ask, ...answers }) => {
    const nameOf = (error: unknown) =>
      error instanceof Error ? error.name.split('.').at(-1) : String(error);
    const answer = await ask(queue, client).then(() => TAKEN, nameOf);
    expect(answer).toBe(answers[engine.name]);
  });

  it('a message in the dead-letter queue: only ElasticMQ says where it came from (SQS: it does)', async () => {
    const policy = { deadLetterTargetArn: queue.arn, maxReceiveCount: 1 };
    const source = await ScratchQueue.create(client, { RedrivePolicy: JSON.stringify(policy) });
    made.push(source);
    await send({})(source, client);
    await source.wait(1, 0);
    expect(await source.receive()).toEqual([]);
    const [fallen] = await queue.wait(1);
    const expected = engine.name === 'ElasticMQ' ? source.arn : undefined;
    expect(fallen?.Attributes?.DeadLetterQueueSourceArn).toBe(expected);
  });

  it('leaving a message that is visible again: only ElasticMQ takes it (SQS: MessageNotInflight)', async () => {
    await send({})(queue, client);
    const [message = {}] = await queue.wait(1, 1);
    const AttributeNames: QueueAttributeName[] = ['ApproximateNumberOfMessages'];
    const visible = async () => {
      const command = new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames });
      return (await client.send(command)).Attributes?.ApproximateNumberOfMessages;
    };
    await expect.poll(visible, { timeout: 10_000 }).toBe('1');
    const left = leave(queue, client, message, 30);
    if (engine.name === 'fauxqs') await expect(left).rejects.toMatchObject({ name: 'MessageNotInflight' });
    else await left;
  });
});
