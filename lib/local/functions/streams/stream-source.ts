import { type Clock, sleep } from '../../../contract/index.ts';
import type { InvokeResult } from '../invocation.ts';
import type { LocalEventSink } from '../local-event.ts';
import type { EventSourceState, FunctionSpec, StreamEventSourceSpec } from '../spec.ts';
import type { SqsApi } from '../sqs/index.ts';
import { type DiscardedBatch, destinationMessage } from './discarded-batch.ts';
import { compileFilters, type EventFilter } from './event-filter.ts';
import type { Shard, ShardPosition, StreamApi } from './stream-api.ts';
import { runStreamBatch } from './stream-batch.ts';
import { type StreamRecord, sequenceNumber } from './stream-event.ts';
import { StreamShard } from './stream-shard.ts';

/** How often a stream whose shards have all ended is asked for new ones. */
const DISCOVER_MS = 1_000;

export interface StreamSourceOptions {
  readonly spec: StreamEventSourceSpec;
  readonly api: StreamApi;
  readonly sqs: SqsApi;
  readonly region: string;
  readonly clock: Clock;
  readonly functionArn: FunctionSpec['arn'];
  readonly onEvent: LocalEventSink;
  invoke(event: unknown): Promise<InvokeResult>;
}

/** Follows a table's stream as Lambda does: its shards side by side, a shard only after its parent. */
export class StreamSource {
  readonly #options: StreamSourceOptions;
  readonly #filter: EventFilter;
  readonly #stop = new AbortController();
  readonly #reading = new Map<string, StreamShard>();
  readonly #ended = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #started = false;
  #following: Promise<void> | undefined;

  /** @throws FilterPatternError */
  constructor(options: StreamSourceOptions) {
    this.#options = options;
    this.#filter = compileFilters(options.spec.filters);
  }

  /**
   * Resolves when its place in the stream is settled: what is written from then on is read.
   *
   * @throws EngineError when the stream cannot be found
   */
  async start(): Promise<void> {
    if (!this.#options.spec.enabled || this.#started) return;
    this.#started = true;
    await this.#discover(this.#options.spec.startingPosition);
    this.#following = this.#follow();
  }

  stop(): void {
    this.#stop.abort();
  }

  async drained(): Promise<void> {
    await this.#following;
    await Promise.all(this.#running);
  }

  get spec(): StreamEventSourceSpec {
    return this.#options.spec;
  }

  get state(): EventSourceState {
    return this.#options.spec.enabled ? 'Enabled' : 'Disabled';
  }

  /** Resolves, always with true, when everything that was written before the call has been handed on. */
  async quiet(): Promise<boolean> {
    await Promise.all([...this.#reading.values()].map((shard) => shard.quiet()));
    return true;
  }

  async #follow(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        // A shard that has ended has children.
        if (this.#running.size > 0) await Promise.race([...this.#running]);
        else await sleep(clock, DISCOVER_MS, signal);
        await this.#discover('TRIM_HORIZON');
      } catch (error) {
        if (signal.aborted) break;
        this.#reportError(error);
        await sleep(clock, DISCOVER_MS, signal).catch(() => undefined);
      }
    }
  }

  async #discover(position: StreamEventSourceSpec['startingPosition']): Promise<void> {
    const { spec, api } = this.#options;
    const { signal } = this.#stop;
    const shards = await api.shards(spec.streamArn, signal);
    // From LATEST on, only the shards that still get records are of interest: those without children. (An ending
    // sequence number does not tell: dynoxide gives one to its open shard.)
    if (position === 'LATEST') {
      for (const { parentId } of shards) if (parentId !== undefined) this.#ended.add(parentId);
    }
    const next = shards.filter((shard) => this.#isNext(shard, shards));
    await Promise.all(next.map(({ id }) => this.#read(id, { type: position })));
  }

  #isNext({ id, parentId }: Shard, shards: readonly Shard[]): boolean {
    if (this.#ended.has(id) || this.#reading.has(id)) return false;
    const parentKept = parentId !== undefined && shards.some((shard) => shard.id === parentId);
    return !parentKept || this.#ended.has(parentId);
  }

  async #read(shardId: string, position: ShardPosition): Promise<void> {
    const { spec, api, region, clock } = this.#options;
    const shard = new StreamShard({
      spec,
      shardId,
      position,
      api,
      region,
      clock,
      signal: this.#stop.signal,
      filter: this.#filter,
      run: (records) => this.#run(records, shardId),
      onError: (error) => this.#reportError(error),
    });
    await shard.open();
    this.#reading.set(shardId, shard);
    const running = shard.follow().finally(() => {
      this.#reading.delete(shardId);
      this.#ended.add(shardId);
      this.#running.delete(running);
    });
    this.#running.add(running);
  }

  async #run(records: readonly StreamRecord[], shardId: string): Promise<void> {
    const { spec, clock, invoke } = this.#options;
    const { signal } = this.#stop;
    await runStreamBatch(records, {
      rules: spec,
      clock,
      signal,
      invoke,
      onFailed: ({ records: failed, message }) => {
        this.#report({ type: 'batch-failed', items: failed.map(sequenceNumber), message });
      },
      onDiscarded: (batch) => this.#discarded(batch, shardId),
    });
  }

  async #discarded(batch: DiscardedBatch, shardId: string): Promise<void> {
    const { spec, sqs, clock, functionArn } = this.#options;
    const { streamArn, onFailureQueueUrl: queueUrl } = spec;
    this.#report({
      type: 'records-discarded',
      items: batch.records.map(sequenceNumber),
      message: batch.condition,
    });
    if (queueUrl === undefined) return;
    const message = destinationMessage({ batch, functionArn, streamArn, shardId, now: clock.now() });
    // As on AWS, what the destination does not take is lost; but not silently.
    await sqs.send({ queueUrl, body: JSON.stringify(message) }).catch((error) => this.#reportError(error));
  }

  #reportError(error: unknown): void {
    this.#report({ type: 'poll-error', message: String(error) });
  }

  #report(
    what:
      | { type: 'poll-error'; message: string }
      | { type: 'batch-failed' | 'records-discarded'; items: readonly string[]; message: string },
  ): void {
    const { spec, clock, onEvent } = this.#options;
    onEvent({ ...what, function: spec.functionName, source: spec.id, time: clock.now() });
  }
}
