import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import type {
  FunctionHost,
  FunctionHostOptions,
  SqsEventSourceSpec,
} from '../../../lib/local/functions/index.ts';
import { FunctionFixture, REGION } from './function-fixture.ts';

/** A fixture with a real SQS engine. */
export class QueueFixture implements AsyncDisposable {
  readonly functions: FunctionFixture;
  readonly sqs: SQSClient;
  #server: FauxqsServer;
  #queues = 0;

  static async start(options: Partial<FunctionHostOptions> = {}): Promise<QueueFixture> {
    const server = await startFauxqs({ port: 0, logger: false, defaultRegion: REGION });
    const functions = await FunctionFixture.start({ ...options, sqsEndpoint: server.address });
    return new QueueFixture(server, functions);
  }

  private constructor(server: FauxqsServer, functions: FunctionFixture) {
    this.#server = server;
    this.functions = functions;
    this.sqs = new SQSClient({
      endpoint: server.address,
      region: REGION,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      useQueueUrlAsEndpoint: false,
    });
  }

  get host(): FunctionHost {
    return this.functions.host;
  }

  /** Ends the engine; the returned function starts another, empty one on its port. */
  async stopEngine(): Promise<() => Promise<void>> {
    const { port } = this.#server;
    await this.#server.stop();
    return async () => {
      this.#server = await startFauxqs({ port, logger: false, defaultRegion: REGION });
    };
  }

  queue(attributes: Record<string, string> = {}, named?: string): { name: string; url: string; arn: string } {
    this.#queues += 1;
    const name = named ?? `queue-${this.#queues}${attributes['FifoQueue'] === 'true' ? '.fifo' : ''}`;
    const { queueUrl: url, queueArn: arn } = this.#server.createQueue(name, { attributes });
    return { name, url, arn };
  }

  /** The bodies of the messages that may be received now. */
  bodies(name: string): string[] {
    return this.#server.inspectQueue(name)?.messages.ready.map(({ body }) => body) ?? [];
  }

  /** Messages that may be received now, are in flight, or are delayed. */
  depth(name: string): { ready: number; inFlight: number } {
    const messages = this.#server.inspectQueue(name)?.messages;
    return { ready: messages?.ready.length ?? 0, inFlight: messages?.inflight.length ?? 0 };
  }

  async send(url: string, ...bodies: string[]): Promise<void> {
    for (let start = 0; start < bodies.length; start += 10) {
      const chunk = bodies.slice(start, start + 10);
      const Entries = chunk.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      await this.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    }
  }

  /** Feeds a function from a queue. */
  source(
    functionName: string,
    queue: { url: string; arn: string },
    spec: Partial<SqsEventSourceSpec> = {},
  ): void {
    this.host.addSqsEventSource({
      id: `source-of-${queue.arn.split(':').at(-1)}`,
      functionName,
      queueUrl: queue.url,
      queueArn: queue.arn,
      batchSize: 10,
      batchWindowSeconds: 0,
      reportBatchItemFailures: false,
      enabled: true,
      ...spec,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.functions[Symbol.asyncDispose]();
    this.sqs.destroy();
    await this.#server.stop();
  }
}
