import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { inject } from 'vitest';
import { type Envelope, readEnvelope } from '../../lib/contract/index.ts';
import { createSqsClient } from '../../lib/dispatch/index.ts';
import { type Engine, localCredentials, startFauxqs } from '../../lib/local/engines/index.ts';

export const REGION = 'eu-west-1';

/** SQS for the tests of one file: an engine of its own, or the one that the conformance check provides. */
export async function startTestSqs(): Promise<Engine> {
  const provided = inject('dispatchEngine');
  if (!provided) return startFauxqs({ region: REGION });
  return { endpoint: provided.endpoint, [Symbol.asyncDispose]: async () => undefined };
}

/** One try a call by default, so that a fault is seen at once; more `maxAttempts` leave the SDK its retries. */
export function testSqsClient(
  { endpoint }: Pick<Engine, 'endpoint'>,
  { maxAttempts = 1, region = REGION } = {},
): SQSClient {
  return createSqsClient({ endpoint, region, maxAttempts, credentials: localCredentials });
}

/** A queue of its own for a test. */
export class TestQueue {
  readonly url: string;
  readonly #client: SQSClient;

  private constructor({ url, client }: { url: string; client: SQSClient }) {
    this.url = url;
    this.#client = client;
  }

  static async create(client: SQSClient): Promise<TestQueue> {
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: randomUUID() }));
    return new TestQueue({ url: QueueUrl, client });
  }

  get arn(): string {
    return `arn:aws:sqs:${REGION}:000000000000:${this.url.split('/').at(-1)}`;
  }

  /** The messages that are there now, delayed ones left out. They become invisible. */
  async receive(): Promise<Message[]> {
    const received: Message[] = [];
    for (;;) {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({ QueueUrl: this.url, MaxNumberOfMessages: 10, VisibilityTimeout: 3_600 }),
      );
      if (Messages.length === 0) return received;
      received.push(...Messages);
    }
  }

  async envelopes(): Promise<Envelope[]> {
    return (await this.receive()).map(({ Body = '' }) => readEnvelope(Body));
  }
}
