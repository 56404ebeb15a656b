import { type Clock, sleep } from '../../../contract/index.ts';
import { readBatchResponse } from '../batch-response.ts';
import { SpecOutOfRangeError } from '../errors.ts';
import type { InvokeResult } from '../invocation.ts';
import type { LocalEventSink } from '../local-event.ts';
import type { EventSourceState, SqsEventSourceSpec } from '../spec.ts';
import type { SqsApi, SqsMessage } from './sqs-api.ts';
import { sqsEvent } from './sqs-event.ts';

/** Where AWS starts; there it would rise by 300 a minute. */
const DEFAULT_CONCURRENCY = 5;
/** Shorter than AWS's 20 s: a receive that is under way is waited for when a source is disabled, see `setEnabled`. */
const LONG_POLL_SECONDS = 5;
/** How often a gathering batch asks again in the last second of its window. */
const GATHER_MS = 100;
/** Lambda's limit of an invocation's payload is 6 MB; the rest of a record takes about a kilobyte. */
const PAYLOAD_BYTES = 6_000_000;
const RECORD_OVERHEAD_BYTES = 1_000;
const THROTTLE_BACKOFF_MS = { first: 100, longest: 5_000 };
const POLL_ERROR_MS = 1_000;

export interface SqsSourceOptions {
  readonly spec: SqsEventSourceSpec;
  readonly api: SqsApi;
  readonly region: string;
  readonly clock: Clock;
  readonly functionTimeoutSeconds: number;
  readonly onEvent: LocalEventSink;
  invoke(event: unknown): Promise<InvokeResult>;
}

/**
 * Polls a queue as Lambda does: one receive at a time while an invocation is free, one invocation a batch, deletion of
 * what succeeded. What failed is left alone until its visibility timeout runs out.
 */
export class SqsSource {
  readonly #options: SqsSourceOptions;
  readonly #stop = new AbortController();
  readonly #batches = new Set<Promise<void>>();
  #enabled: boolean;
  #concurrency: number;
  #visibilitySeconds = 0;
  #gathering = false;
  #polling: Promise<void> | undefined;
  #slotFreed: (() => void) | undefined;

  constructor(options: SqsSourceOptions) {
    this.#options = options;
    this.#enabled = options.spec.enabled;
    this.#concurrency = this.#fullConcurrency;
  }

  /** Messages have been received and are not settled yet. */
  get busy(): boolean {
    return this.#gathering || this.#batches.size > 0;
  }

  /** Whether nothing is in work and the queue shows nothing to receive. */
  async quiet(): Promise<boolean> {
    if (this.busy) return false;
    if (!this.#enabled) return true;
    const { queueUrl } = this.#options.spec;
    const depth = await this.#options.api.numbers(queueUrl, ['ApproximateNumberOfMessages']);
    return depth.ApproximateNumberOfMessages === 0 && !this.busy;
  }

  get spec(): SqsEventSourceSpec {
    return this.#options.spec;
  }

  get state(): EventSourceState {
    if (this.#enabled) return 'Enabled';
    return this.#polling === undefined ? 'Disabled' : 'Disabling';
  }

  /**
   * Pauses or resumes polling. A receive that is under way is not broken off: SQS may be handing messages to it, which
   * would then be lost until their visibility timeout. What it still brings is run, as on AWS while a mapping is disabling.
   *
   * @throws SpecOutOfRangeError as `start` does
   */
  async setEnabled(enabled: boolean): Promise<void> {
    this.#enabled = enabled;
    if (enabled) await this.start();
    else this.#slotFreed?.();
  }

  /** @throws SpecOutOfRangeError when messages would come again while a function may still work on them */
  async start(): Promise<void> {
    const { spec, functionTimeoutSeconds: least } = this.#options;
    if (!this.#enabled || this.#polling !== undefined) return;
    this.#visibilitySeconds = await this.#readVisibility();
    if (this.#visibilitySeconds < least) {
      throw new SpecOutOfRangeError({
        of: spec.queueArn,
        field: 'VisibilityTimeout',
        got: this.#visibilitySeconds,
        expected: `at least the timeout of ${spec.functionName}, ${least} s`,
      });
    }
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = undefined;
    });
  }

  /** Receives no more. Batches in progress go on: `drained` tells when they are done. */
  stop(): void {
    this.#stop.abort();
    this.#slotFreed?.();
  }

  async drained(): Promise<void> {
    await this.#polling;
    await Promise.all(this.#batches);
  }

  get #wanted(): boolean {
    return this.#enabled && !this.#stop.signal.aborted;
  }

  get #fullConcurrency(): number {
    return this.#options.spec.maximumConcurrency ?? DEFAULT_CONCURRENCY;
  }

  async #readVisibility(): Promise<number> {
    const { api, spec } = this.#options;
    return (await api.numbers(spec.queueUrl, ['VisibilityTimeout'])).VisibilityTimeout;
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#wanted) {
      try {
        await this.#freeSlot();
        const batch = this.#wanted ? await this.#gather() : [];
        if (batch.length > 0) this.#run(batch);
      } catch (error) {
        if (signal.aborted) return;
        this.#report({ type: 'poll-error', message: String(error) });
        await sleep(this.#options.clock, POLL_ERROR_MS, signal).catch(() => undefined);
      } finally {
        this.#gathering = false;
      }
    }
  }

  async #freeSlot(): Promise<void> {
    while (this.#batches.size >= this.#concurrency && this.#wanted) {
      await new Promise<void>((resolve) => {
        this.#slotFreed = resolve;
      });
    }
  }

  async #gather(): Promise<SqsMessage[]> {
    const { spec, api, clock } = this.#options;
    const { signal } = this.#stop;
    const receive = (count: number, waitSeconds: number) =>
      api.receive({ queueUrl: spec.queueUrl, count, waitSeconds, signal });
    const batch = [...(await receive(spec.batchSize, LONG_POLL_SECONDS))];
    this.#gathering = batch.length > 0;
    const end = clock.now() + spec.batchWindowSeconds * 1000;
    while (batch.length > 0 && batch.length < spec.batchSize && sizeOf(batch) < PAYLOAD_BYTES) {
      const left = end - clock.now();
      if (left <= 0) break;
      const waitSeconds = Math.min(Math.floor(left / 1000), LONG_POLL_SECONDS);
      const more = await receive(spec.batchSize - batch.length, waitSeconds);
      batch.push(...more);
      if (more.length === 0 && waitSeconds === 0) await sleep(clock, Math.min(left, GATHER_MS), signal);
    }
    return batch;
  }

  #run(batch: readonly SqsMessage[]): void {
    const running = this.#settle(batch)
      .catch((error) => this.#report({ type: 'poll-error', message: String(error) }))
      .finally(() => {
        this.#batches.delete(running);
        this.#slotFreed?.();
      });
    this.#batches.add(running);
  }

  async #settle(batch: readonly SqsMessage[]): Promise<void> {
    const { spec, region } = this.#options;
    const event = sqsEvent({ messages: batch, queueArn: spec.queueArn, region });
    const result = await this.#invoke(event);
    if (result.outcome !== 'succeeded') {
      // With partial responses failures are expected, and AWS keeps the concurrency as it is.
      if (!spec.reportBatchItemFailures) this.#backOff();
      return this.#leave(batch, `${result.error.errorType}: ${result.error.errorMessage}`);
    }
    this.#concurrency = Math.min(this.#concurrency + 1, this.#fullConcurrency);
    const verdict = spec.reportBatchItemFailures
      ? readBatchResponse({ payload: result.payload, ids: batch.map(({ MessageId }) => MessageId) })
      : ({ kind: 'succeeded' } as const);
    if (verdict.kind === 'unreadable') return this.#leave(batch, `batch response: ${verdict.message}`);
    const failed = verdict.kind === 'partial' ? verdict.failed : new Set<string>();
    const left = batch.filter(({ MessageId }) => failed.has(MessageId));
    if (left.length > 0) this.#leave(left, 'reported in batchItemFailures');
    await this.#remove(batch.filter(({ MessageId }) => !failed.has(MessageId)));
  }

  /**
   * Invokes, and while the function is throttled tries again with less and less haste until the messages become
   * visible to others; then they are dropped, and received again with a higher receive count.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-backoff-strategy
   */
  async #invoke(event: unknown): Promise<InvokeResult> {
    const { api, clock, spec } = this.#options;
    const received = clock.now();
    let pause = THROTTLE_BACKOFF_MS.first;
    let visibleAt: number | undefined;
    for (;;) {
      const result = await this.#options.invoke(event);
      if (result.outcome !== 'throttled' || this.#stop.signal.aborted) return result;
      this.#backOff();
      visibleAt ??=
        received + (await api.numbers(spec.queueUrl, ['VisibilityTimeout'])).VisibilityTimeout * 1000;
      if (clock.now() + pause >= visibleAt) return result;
      await sleep(clock, pause, this.#stop.signal).catch(() => undefined);
      pause = Math.min(pause * 2, THROTTLE_BACKOFF_MS.longest);
    }
  }

  async #remove(messages: readonly SqsMessage[]): Promise<void> {
    const { api, spec } = this.#options;
    if (messages.length === 0) return;
    for (const { messageId, message } of await api.remove({ queueUrl: spec.queueUrl, messages })) {
      this.#report({ type: 'batch-failed', items: [messageId], message: `not deleted: ${message}` });
    }
  }

  #leave(messages: readonly SqsMessage[], message: string): void {
    this.#report({ type: 'batch-failed', items: messages.map(({ MessageId }) => MessageId), message });
  }

  #backOff(): void {
    this.#concurrency = Math.max(1, Math.floor(this.#concurrency / 2));
  }

  #report(
    what:
      | { type: 'poll-error'; message: string }
      | { type: 'batch-failed'; items: readonly string[]; message: string },
  ): void {
    const { spec, clock, onEvent } = this.#options;
    onEvent({ ...what, function: spec.functionName, source: spec.id, time: clock.now() });
  }
}

function sizeOf(messages: readonly SqsMessage[]): number {
  return messages.reduce((sum, { Body }) => sum + Buffer.byteLength(Body) + RECORD_OVERHEAD_BYTES, 0);
}
