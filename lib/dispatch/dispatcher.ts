import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import {
  CALL_LIMITS,
  type Clock,
  type Envelope,
  EnvironmentError,
  LIMITS,
  MillraceError,
  type QueueUrls,
  resourceError,
  writeEnvelope,
} from '../contract/index.ts';
import { checkRegion, queueUrl } from './queues.ts';

/** SQS took the request and refused this entry of it. */
export class SendFailedError extends MillraceError {
  static override readonly errorName: string = 'SendFailedError';
  override readonly code: string = 'SEND_FAILED';
  override readonly retryable: boolean = true;
}

/**
 * An SQS client as Millrace needs it: the endpoint comes from the configuration (`AWS_ENDPOINT_URL_SQS`, say), not from
 * the host of the queue's URL, which is the SDK's default.
 */
export function createSqsClient(config: SQSClientConfig = {}): SQSClient {
  return new SQSClient({ useQueueUrlAsEndpoint: false, requestHandler: CALL_LIMITS, ...config });
}

interface Entry {
  readonly at: number;
  readonly bytes: number;
  readonly request: Omit<SendMessageBatchRequestEntry, 'Id'>;
}

/** The one way onto the wire: an envelope to the queue of its pool and priority, delayed until it is due. */
export class Dispatcher {
  readonly #client: SQSClient;
  readonly #queues: QueueUrls;
  readonly #clock: Clock;
  #regionChecked: Promise<void> | undefined;

  constructor({ client, queues, clock }: { client: SQSClient; queues: QueueUrls; clock: Clock }) {
    this.#client = client;
    this.#queues = queues;
    this.#clock = clock;
  }

  /**
   * Whether a job could be sent at all, asked before it is recorded.
   *
   * @throws {InvalidOptionError | ResourceMismatchError | RegionMismatchError | EnvironmentError} wrong configuration
   */
  async check(job: Pick<Envelope, 'pool' | 'priority'>): Promise<void> {
    await this.#checkRegion();
    queueUrl(this.#queues, job);
  }

  /**
   * Sends one envelope. It arrives when it is due, or after 15 minutes when that is sooner: a worker then sends it on.
   *
   * @throws {InvalidOptionError | RegionMismatchError | ResourceMissingError | PermissionError} wrong configuration
   */
  async send(envelope: Envelope): Promise<void> {
    await this.#checkRegion();
    const QueueUrl = queueUrl(this.#queues, envelope);
    try {
      await this.#client.send(new SendMessageCommand({ QueueUrl, ...this.#request(envelope) }));
    } catch (error) {
      throw await this.#readable(error, QueueUrl);
    }
  }

  /** Sends many, ten a request. The results stand in the order of the envelopes, each on its own. */
  async sendMany(envelopes: readonly Envelope[]): Promise<PromiseSettledResult<void>[]> {
    const results: PromiseSettledResult<void>[] = [];
    const byQueue = new Map<string, Entry[]>();
    await this.#checkRegion();
    for (const [at, envelope] of envelopes.entries()) {
      try {
        const url = queueUrl(this.#queues, envelope);
        const request = this.#request(envelope);
        const entries = byQueue.get(url) ?? [];
        byQueue.set(url, entries);
        entries.push({ at, bytes: Buffer.byteLength(request.MessageBody ?? ''), request });
      } catch (reason) {
        results[at] = { status: 'rejected', reason };
      }
    }
    const batches = [...byQueue].flatMap(([url, entries]) =>
      batched(entries).map((batch) => ({ url, batch })),
    );
    await Promise.all(batches.map(({ url, batch }) => this.#sendBatch(url, batch, results)));
    return results;
  }

  async #sendBatch(
    QueueUrl: string,
    batch: readonly Entry[],
    results: PromiseSettledResult<void>[],
  ): Promise<void> {
    try {
      const Entries = batch.map(({ at, request }) => ({ Id: String(at), ...request }));
      const { Successful = [], Failed = [] } = await this.#client.send(
        new SendMessageBatchCommand({ QueueUrl, Entries }),
      );
      for (const { Id } of Successful) results[Number(Id)] = { status: 'fulfilled', value: undefined };
      for (const { Id, Code, Message } of Failed) {
        const reason = new SendFailedError({
          what: 'SQS refused a message of a batch',
          got: `${Code ?? 'no code'}: ${Message ?? 'no message'}`,
          context: { queue: QueueUrl, awsCode: Code },
        });
        results[Number(Id)] = { status: 'rejected', reason };
      }
    } catch (error) {
      const reason = await this.#readable(error, QueueUrl);
      for (const { at } of batch) results[at] = { status: 'rejected', reason };
    }
  }

  #request(envelope: Envelope): Omit<SendMessageBatchRequestEntry, 'Id'> {
    const wait = Math.ceil((envelope.runAt - this.#clock.now()) / 1000);
    const DelaySeconds = Math.min(Math.max(wait, 0), LIMITS.sqsDelay / 1000);
    // The message group is what SQS's fair queues keep tenants apart by; without a tenant there is nothing to keep apart.
    return {
      MessageBody: writeEnvelope(envelope),
      ...(DelaySeconds > 0 && { DelaySeconds }),
      ...(envelope.tenant !== undefined && { MessageGroupId: envelope.tenant }),
    };
  }

  #checkRegion(): Promise<void> {
    this.#regionChecked ??= this.#region().then((region) => checkRegion(this.#queues, region));
    return this.#regionChecked;
  }

  async #region(): Promise<string> {
    try {
      return await this.#client.config.region();
    } catch (cause) {
      throw new EnvironmentError({
        what: 'No AWS Region is configured',
        got: cause instanceof Error ? cause.message : String(cause),
        expected: 'the Region of the stack',
        fix: 'set AWS_REGION, or give the AWS clients a region',
        cause,
      });
    }
  }

  async #readable(error: unknown, url: string): Promise<unknown> {
    return resourceError(error, { resource: 'queue', name: url, region: await this.#client.config.region() });
  }
}

/** SQS: at most 10 entries and 1,048,576 bytes in all (SendMessageBatch, API reference). */
function batched(entries: readonly Entry[]): Entry[][] {
  const batches: Entry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const last = batches.at(-1);
    if (last && last.length < LIMITS.sqsBatchEntries && bytes + entry.bytes <= LIMITS.sqsBatchBytes) {
      last.push(entry);
      bytes += entry.bytes;
    } else {
      batches.push([entry]);
      bytes = entry.bytes;
    }
  }
  return batches;
}
