import {
  type ChangeMessageVisibilityRequest,
  type DeleteMessageRequest,
  MessageNotInflight,
  QueueDoesNotExist,
  type SendMessageBatchRequest,
  type SendMessageRequest,
  type SQSClient,
  UnsupportedOperation,
} from '@aws-sdk/client-sqs';
import type { Clock } from '../contract/index.ts';
import { createSqsClient } from '../dispatch/index.ts';
import { localCredentials } from '../local/index.ts';
import { REGION, type TestQueue } from './test-queue.ts';

type Request = SendMessageRequest &
  SendMessageBatchRequest &
  ChangeMessageVisibilityRequest &
  DeleteMessageRequest;

/** The SDK's own client, whose calls are answered by queues in this process instead of over the network. */
export function createQueueClient({
  queues,
  clock,
}: {
  queues: readonly TestQueue[];
  clock: Clock;
}): SQSClient {
  const byUrl = new Map(queues.map((queue) => [queue.url, queue]));
  const client = createSqsClient({ region: REGION, credentials: localCredentials });
  client.middlewareStack.add(
    (_network, { commandName = '' }) =>
      async ({ input }) => {
        const request = input as Request;
        const queue = byUrl.get(request.QueueUrl ?? '');
        if (!queue) throw new QueueDoesNotExist({ message: String(request.QueueUrl), $metadata: {} });
        return {
          response: undefined,
          output: { $metadata: {}, ...answer(queue, commandName, request, clock.now()) },
        };
      },
    { step: 'initialize', name: 'millraceTestQueues' },
  );
  return client;
}

function answer(queue: TestQueue, command: string, request: Request, now: number): object {
  const handle = request.ReceiptHandle ?? '';
  switch (command) {
    case 'SendMessageCommand':
      return { MessageId: send(queue, request, now) };
    case 'SendMessageBatchCommand':
      return {
        Successful: (request.Entries ?? []).map((entry) => ({
          Id: entry.Id,
          MessageId: send(queue, entry, now),
        })),
        Failed: [],
      };
    case 'ChangeMessageVisibilityCommand':
      if (queue.hide(handle, { until: now + (request.VisibilityTimeout ?? 0) * 1000, now })) return {};
      throw new MessageNotInflight({ message: handle, $metadata: {} });
    case 'DeleteMessageCommand':
      queue.delete(handle);
      return {};
    default:
      throw new UnsupportedOperation({ message: `A test's queues do not know ${command}`, $metadata: {} });
  }
}

type Entry = Pick<SendMessageRequest, 'MessageBody' | 'MessageGroupId' | 'DelaySeconds'>;

function send(
  queue: TestQueue,
  { MessageBody = '', MessageGroupId, DelaySeconds = 0 }: Entry,
  now: number,
): string {
  return queue.send({ body: MessageBody, group: MessageGroupId, delay: DelaySeconds * 1000, now });
}
