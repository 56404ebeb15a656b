import { GetQueueAttributesCommand, type QueueAttributeName, type SQSClient } from '@aws-sdk/client-sqs';
import { type Priority, resourceError } from '../contract/index.ts';
import type { FeedState } from './feeds.ts';
import type { OperatedQueue } from './select-queues.ts';

/**
 * What lies in a queue and its dead-letter queue. SQS counts approximately: its numbers lag by up to a minute
 * (GetQueueAttributes, API reference).
 */
export interface QueueStatus {
  readonly pool: string;
  readonly priority: Priority;
  /** Messages that are due and that no worker has. */
  readonly waiting: number;
  /** Messages that a worker has, or has put back for later. */
  readonly inFlight: number;
  /** Messages that are not due yet. */
  readonly delayed: number;
  /** What the recorder has not filed yet; undefined where the dead-letter queue is not configured. */
  readonly deadLetters: number | undefined;
  /** Whether the workers are fed from it; undefined where the event source is not configured. */
  readonly feed: FeedState | undefined;
  /** Milliseconds that a message can exist at most, here and then in the dead-letter queue. */
  readonly messageRetention: number;
}

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const satisfies readonly QueueAttributeName[];

/** Two requests: the queue and its dead-letter queue. */
export async function countQueue(
  sqs: SQSClient,
  { pool, priority, url, deadLetterUrl }: OperatedQueue,
): Promise<Omit<QueueStatus, 'feed'>> {
  const [queue, dead] = await Promise.all([
    attributes(sqs, url),
    deadLetterUrl && attributes(sqs, deadLetterUrl),
  ]);
  return {
    ...{ pool, priority },
    waiting: queue.ApproximateNumberOfMessages,
    inFlight: queue.ApproximateNumberOfMessagesNotVisible,
    delayed: queue.ApproximateNumberOfMessagesDelayed,
    deadLetters: dead
      ? dead.ApproximateNumberOfMessages + dead.ApproximateNumberOfMessagesNotVisible
      : undefined,
    messageRetention: queue.retention + (dead ? dead.retention : 0),
  };
}

async function attributes(sqs: SQSClient, QueueUrl: string) {
  try {
    const AttributeNames: QueueAttributeName[] = [...COUNTS, 'MessageRetentionPeriod'];
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    const counts = Object.fromEntries(COUNTS.map((name) => [name, Number(Attributes[name] ?? 0)]));
    const retention = Number(Attributes.MessageRetentionPeriod ?? 0) * 1_000;
    return { ...(counts as Record<(typeof COUNTS)[number], number>), retention };
  } catch (error) {
    const region = await sqs.config.region();
    throw resourceError(error, { resource: 'queue', name: QueueUrl, region, caller: 'operator' });
  }
}
