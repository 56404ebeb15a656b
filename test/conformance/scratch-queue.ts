import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  type QueueAttributeName,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Received } from '../../lib/dispatch/index.ts';

const WAIT_MS = 15_000;

/** A queue of its own for a test, on the engine under test; gone when disposed. */
export class ScratchQueue implements AsyncDisposable {
  readonly url: string;
  readonly arn: string;
  readonly #client: SQSClient;

  private constructor({ url, arn, client }: { url: string; arn: string; client: SQSClient }) {
    this.url = url;
    this.arn = arn;
    this.#client = client;
  }

  static async create(
    client: SQSClient,
    attributes: Partial<Record<QueueAttributeName, string>> = {},
  ): Promise<ScratchQueue> {
    const { QueueUrl: url = '' } = await client.send(
      new CreateQueueCommand({ QueueName: `Conformance-${randomUUID()}`, Attributes: attributes }),
    );
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    return new ScratchQueue({ url, arn: Attributes['QueueArn'] ?? '', client });
  }

  /** What is there now, up to ten; it stays away for `visibility` seconds. */
  async receive(visibility = 60): Promise<Message[]> {
    const { Messages = [] } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: visibility,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    return Messages;
  }

  /** Receives until as many messages have come; an error when they do not. */
  async wait(count: number, visibility = 60): Promise<Message[]> {
    const found: Message[] = [];
    for (const until = Date.now() + WAIT_MS; found.length < count && Date.now() < until; ) {
      const messages = await this.receive(visibility);
      found.push(...messages);
      if (messages.length === 0) await after(50);
    }
    if (found.length < count) throw new Error(`${found.length} of ${count} messages came`);
    return found;
  }

  /** A message as a function's event names it. */
  delivered({ ReceiptHandle = '' }: Message): Received {
    return { eventSourceARN: this.arn, receiptHandle: ReceiptHandle };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.send(new DeleteQueueCommand({ QueueUrl: this.url }));
  }
}
