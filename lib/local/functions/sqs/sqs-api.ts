import type { Clock } from '../../../contract/index.ts';
import { AwsJsonClient } from '../aws-json.ts';

/** Messages in one request of SQS. */
const SQS_BATCH_LIMIT = 10;

/** A message as it travels: binary values in base64. */
export interface SqsMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly MD5OfBody: string;
  readonly Body: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, SqsMessageAttribute>>;
  readonly MD5OfMessageAttributes?: string;
}

export interface SqsMessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

/** A message that SQS did not delete. */
export interface NotDeleted {
  readonly messageId: string;
  readonly message: string;
}

/** The calls of SQS that event sources make. */
export class SqsApi implements Disposable {
  readonly #client: AwsJsonClient;

  constructor({ endpoint, region, clock }: { endpoint: string; region: string; clock: Clock }) {
    this.#client = new AwsJsonClient({ endpoint, region, clock, service: 'sqs', target: 'AmazonSQS' });
  }

  /** Waits up to `waitSeconds` (0 to 20) for up to `count` (1 to 10) messages. */
  async receive(options: {
    queueUrl: string;
    count: number;
    waitSeconds: number;
    signal: AbortSignal;
  }): Promise<readonly SqsMessage[]> {
    const { queueUrl, count, waitSeconds, signal } = options;
    const answer = await this.#client.call(
      'ReceiveMessage',
      {
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(count, SQS_BATCH_LIMIT),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      },
      { signal },
    );
    return (answer as { Messages?: readonly SqsMessage[] }).Messages ?? [];
  }

  /** Deletes any number of messages, ten in a request, and gives back those that SQS did not delete. */
  async remove(options: {
    queueUrl: string;
    messages: readonly SqsMessage[];
  }): Promise<readonly NotDeleted[]> {
    const { queueUrl, messages } = options;
    const chunks: SqsMessage[][] = [];
    for (let start = 0; start < messages.length; start += SQS_BATCH_LIMIT) {
      chunks.push(messages.slice(start, start + SQS_BATCH_LIMIT));
    }
    const failed = await Promise.all(chunks.map((chunk) => this.#removeChunk(queueUrl, chunk)));
    return failed.flat();
  }

  async send({ queueUrl, body }: { queueUrl: string; body: string }): Promise<void> {
    await this.#client.call('SendMessage', { QueueUrl: queueUrl, MessageBody: body });
  }

  /** The named attributes of a queue, as numbers. */
  async numbers<Name extends string>(
    queueUrl: string,
    names: readonly Name[],
  ): Promise<Record<Name, number>> {
    const answer = await this.#client.call('GetQueueAttributes', {
      QueueUrl: queueUrl,
      AttributeNames: names,
    });
    const attributes = (answer as { Attributes?: Record<string, string> }).Attributes ?? {};
    return Object.fromEntries(names.map((name) => [name, Number(attributes[name] ?? 0)])) as Record<
      Name,
      number
    >;
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }

  async #removeChunk(queueUrl: string, chunk: readonly SqsMessage[]): Promise<NotDeleted[]> {
    const answer = await this.#client.call('DeleteMessageBatch', {
      QueueUrl: queueUrl,
      Entries: chunk.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
    });
    const { Failed = [] } = answer as { Failed?: { Id: string; Code?: string; Message?: string }[] };
    return Failed.map(({ Id, Code = 'Unknown', Message = '' }) => ({
      messageId: chunk[Number(Id)]?.MessageId ?? Id,
      message: `${Code}: ${Message}`,
    }));
  }
}
