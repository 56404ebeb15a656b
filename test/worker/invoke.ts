import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Lab, Queue } from './lab.ts';
import { REGION, type Wire } from './wire.ts';

export type FunctionHandler = (
  event: SQSEvent,
  context: { getRemainingTimeInMillis(): number },
) => Promise<SQSBatchResponse>;

/** What Lambda's event source did with one batch. */
export interface Invoked {
  readonly received: readonly Message[];
  /** Ids of messages that the function wants back. */
  readonly failures: readonly string[];
  /** The process ended before it answered: nothing was deleted. */
  readonly lost: boolean;
}

export async function receive(client: SQSClient, queue: Queue, count: number): Promise<Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queue.url,
      MaxNumberOfMessages: count,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
}

/** Hands messages to a function as Lambda does: the event, the time limit, the deletes by the batch response. */
export async function deliver(options: {
  readonly handler: FunctionHandler;
  readonly received: readonly Message[];
  readonly queue: Queue;
  /** The function's own calls; killed with it. */
  readonly wire: Wire;
  readonly lab: Pick<Lab, 'clock' | 'traffic' | 'wire'>;
  /** Milliseconds that the function has. */
  readonly remaining: number;
}): Promise<Invoked> {
  const { handler, received, queue, wire, lab, remaining } = options;
  const { clock } = lab;
  const endsAt = clock.now() + remaining;
  const callOff = clock.after(remaining, () => wire.kill());
  const context = { getRemainingTimeInMillis: () => Math.max(endsAt - clock.now(), 0) };
  const answered = await answerOf(handler(eventOf(received, queue), context), { wire, lab });
  callOff();
  if (!answered) return { received, failures: [], lost: true };
  const failures = answered.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  const done = received.filter(({ MessageId = '' }) => !failures.includes(MessageId));
  if (done.length > 0) {
    const Entries = done.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    await lab.wire.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries }));
  }
  return { received, failures, lost: false };
}

/** Waits for an answer; where the process waits for nothing but time, time passes. Undefined: the process died. */
export async function answerOf<T>(
  work: Promise<T>,
  { wire, lab }: { wire: Wire; lab: Pick<Lab, 'clock' | 'traffic'> },
): Promise<T | undefined> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  while (!ended && !wire.killed) {
    await lab.traffic.wait();
    // Whatever follows from an answer without a call of its own happens in these turns of the event loop.
    await turn();
    await turn();
    if (!ended && !wire.killed && lab.traffic.quiet) lab.clock.next();
  }
  return wire.killed ? undefined : work;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function eventOf(messages: readonly Message[], queue: Queue): SQSEvent {
  return {
    Records: messages.map(({ MessageId, ReceiptHandle, Body, MD5OfBody, Attributes = {} }) => ({
      messageId: MessageId ?? '',
      receiptHandle: ReceiptHandle ?? '',
      body: Body ?? '',
      md5OfBody: MD5OfBody ?? '',
      attributes: {
        ...Attributes,
        ApproximateReceiveCount: Attributes['ApproximateReceiveCount'] ?? '',
        ApproximateFirstReceiveTimestamp: Attributes['ApproximateFirstReceiveTimestamp'] ?? '',
        SentTimestamp: Attributes['SentTimestamp'] ?? '',
        SenderId: Attributes['SenderId'] ?? '',
      },
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: queue.arn,
      awsRegion: REGION,
    })),
  };
}
