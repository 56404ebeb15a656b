import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { QueueFixture } from '../queue-fixture.ts';

/** Logs the bodies it gets, then does what `then` says. */
const logging = (then = '') => `export const handler = async (event) => {
  console.log(event.Records.map((r) => r.body).join(','));
  ${then}
}`;

describe('an SQS event source', () => {
  it('hands a message on as Lambda does and deletes it', async () => {
    await using fixture = await QueueFixture.start();
    // A FIFO queue, because the engine forgets the message group of other queues.
    const queue = fixture.queue({ FifoQueue: 'true' });
    const name = await fixture.functions.add(
      'export const handler = async (event) => console.log(JSON.stringify(event))',
    );
    await fixture.sqs.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: 'hello',
        MessageGroupId: 'tenant-1',
        MessageDeduplicationId: 'once',
        MessageAttributes: {
          text: { DataType: 'String', StringValue: 'abc' },
          bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 3]) },
        },
      }),
    );
    fixture.source(name, queue);
    await fixture.host.start();
    await fixture.functions.until(() => fixture.functions.of('invoke-end').length === 1);
    const event = JSON.parse(fixture.functions.lines[0] ?? '');
    expect(event).toEqual({
      Records: [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body: 'hello',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: expect.any(String),
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            MessageGroupId: 'tenant-1',
            MessageDeduplicationId: 'once',
            SequenceNumber: expect.stringMatching(/^\d{20}$/),
          },
          messageAttributes: {
            text: { stringValue: 'abc', stringListValues: [], binaryListValues: [], dataType: 'String' },
            bytes: { binaryValue: 'AQID', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
          },
          md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
          md5OfBody: '5d41402abc4b2a76b9719d911017c592',
          eventSource: 'aws:sqs',
          eventSourceARN: queue.arn,
          awsRegion: 'eu-west-1',
        },
      ],
    });
    await fixture.host.idle();
    expect(fixture.depth(queue.name)).toEqual({ ready: 0, inFlight: 0 });
  });

  it('hands on no more than its batch size at once', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(logging());
    await fixture.send(queue.url, 'a', 'b', 'c', 'd', 'e');
    fixture.source(name, queue, { batchSize: 2 });
    await fixture.host.start();
    await fixture.host.idle();
    expect(fixture.functions.lines.toSorted()).toEqual(['a,b', 'c,d', 'e']);
  });

  it('gathers a batch over 10 within its window', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(logging());
    const bodies = Array.from({ length: 25 }, (_, index) => String(index));
    await fixture.send(queue.url, ...bodies);
    fixture.source(name, queue, { batchSize: 25, batchWindowSeconds: 30 });
    await fixture.host.start();
    await fixture.host.idle();
    expect(fixture.functions.lines).toEqual([bodies.join(',')]);
    expect(fixture.depth(queue.name)).toEqual({ ready: 0, inFlight: 0 });
  });

  it('hands on what it has when the window ends', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(logging());
    await fixture.send(queue.url, 'a');
    fixture.source(name, queue, { batchSize: 10, batchWindowSeconds: 0.4 });
    await fixture.host.start();
    await fixture.functions.until(() => fixture.depth(queue.name).inFlight === 1);
    await fixture.send(queue.url, 'b');
    await fixture.host.idle();
    expect(fixture.functions.lines).toEqual(['a,b']);
  });

  it('goes on when its engine has been away', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(logging());
    fixture.source(name, queue);
    await fixture.host.start();
    const startAgain = await fixture.stopEngine();
    await fixture.functions.until(() => fixture.functions.of('poll-error').length > 0);
    await startAgain();
    fixture.queue({}, queue.name);
    await fixture.send(queue.url, 'a');
    await fixture.functions.until(() => fixture.functions.lines.includes('a'));
  });

  it('takes nothing from its queue when it is disabled', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(logging());
    await fixture.send(queue.url, 'a');
    fixture.source(name, queue, { enabled: false });
    await fixture.host.start();
    await fixture.host.idle();
    expect(fixture.depth(queue.name)).toEqual({ ready: 1, inFlight: 0 });
  });
});

describe('a batch that fails as a whole', () => {
  it.each([
    ['the handler throws', 'throw new Error("no")', false],
    ['the handler throws, partial responses or not', 'throw new Error("no")', true],
    ['the process dies', 'process.exit(1)', true],
    ['the answer is no object', 'return "fine"', true],
    ['the list is none', 'return { batchItemFailures: "all" }', true],
    ['an identifier is empty', 'return { batchItemFailures: [{ itemIdentifier: "" }] }', true],
    ['an identifier is null', 'return { batchItemFailures: [{ itemIdentifier: null }] }', true],
    [
      'an identifier has another key',
      'return { batchItemFailures: [{ id: event.Records[0].messageId }] }',
      true,
    ],
    ['an identifier is unknown', 'return { batchItemFailures: [{ itemIdentifier: "x" }] }', true],
  ])('because %s stays in the queue', async (_, then, reportBatchItemFailures) => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(logging(then));
    await fixture.send(queue.url, 'a', 'b');
    fixture.source(name, queue, { reportBatchItemFailures });
    await fixture.host.start();
    await fixture.host.idle();
    expect(fixture.depth(queue.name)).toEqual({ ready: 0, inFlight: 2 });
    expect(fixture.functions.of('batch-failed')).toMatchObject([{ items: { length: 2 } }]);
  });

  it('comes again with a higher receive count and ends in the dead-letter queue', async () => {
    await using fixture = await QueueFixture.start();
    const dead = fixture.queue();
    const queue = fixture.queue({
      VisibilityTimeout: '1',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 }),
    });
    const name = await fixture.functions.add(
      'export const handler = async ({ Records: [r] }) => { console.log(r.attributes.ApproximateReceiveCount); throw new Error("no") }',
      { timeoutSeconds: 1 },
    );
    await fixture.send(queue.url, 'a');
    fixture.source(name, queue);
    fixture.source(await fixture.functions.add(logging()), dead);
    await fixture.host.start();
    await fixture.functions.until(() => fixture.functions.of('invoke-end').length === 3);
    expect(fixture.functions.lines).toEqual(['1', '2', 'a']);
  });
});

describe('a batch that succeeds as a whole', () => {
  it.each([
    ['nothing', 'return', true],
    ['null', 'return null', true],
    ['an empty object', 'return {}', true],
    ['no list', 'return { batchItemFailures: null }', true],
    ['an empty list', 'return { batchItemFailures: [] }', true],
    ['a list that nobody asked for', 'return { batchItemFailures: [{ itemIdentifier: "x" }] }', false],
  ])('by answering %s is deleted', async (_, then, reportBatchItemFailures) => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(logging(then));
    await fixture.send(queue.url, 'a', 'b');
    fixture.source(name, queue, { reportBatchItemFailures });
    await fixture.host.start();
    await fixture.host.idle();
    expect(fixture.depth(queue.name)).toEqual({ ready: 0, inFlight: 0 });
  });
});

describe('a batch that fails in part', () => {
  it('loses only what succeeded', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(
      logging(
        'return { batchItemFailures: event.Records.filter((r) => r.body === "b").map((r) => ({ itemIdentifier: r.messageId })) }',
      ),
    );
    await fixture.send(queue.url, 'a', 'b', 'c');
    fixture.source(name, queue, { reportBatchItemFailures: true });
    await fixture.host.start();
    await fixture.host.idle();
    expect(fixture.depth(queue.name)).toEqual({ ready: 0, inFlight: 1 });
  });
});
