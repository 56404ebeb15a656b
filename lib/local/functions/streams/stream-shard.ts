import { type Clock, sleep } from '../../../contract/index.ts';
import { EngineError } from '../errors.ts';
import type { StreamEventSourceSpec } from '../spec.ts';
import type { EventFilter } from './event-filter.ts';
import type { ShardPosition, StreamApi } from './stream-api.ts';
import { changedNothing, type StreamRecord, sequenceNumber, streamRecord } from './stream-event.ts';

/** AWS polls a shard four times a second; this is quicker while records come and hardly noticed while they do not. */
const POLL_MS = { active: 15, idle: 100 };
/** How long after its last record a shard counts as active. */
const ACTIVE_MS = 2_000;
/** Lambda's limit of an invocation's payload is 6 MB; a record's JSON is larger than its `SizeBytes` says. */
const PAYLOAD_BYTES = 3_000_000;
const POLL_ERROR_MS = 1_000;

export interface StreamShardOptions {
  readonly spec: StreamEventSourceSpec;
  readonly shardId: string;
  readonly position: ShardPosition;
  readonly api: StreamApi;
  readonly region: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly filter: EventFilter;
  /** Resolves when the records are done or given up. */
  run(records: readonly StreamRecord[]): Promise<void>;
  onError(error: unknown): void;
}

/** Reads one shard from its position to its end, in batches, the next only after the last. */
export class StreamShard {
  readonly #options: StreamShardOptions;
  readonly #onQuiet: (() => void)[] = [];
  #position: ShardPosition;
  #iterator: string | undefined;
  #ended = false;
  #lastRecord = Number.NEGATIVE_INFINITY;

  constructor(options: StreamShardOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  /** Settles where reading begins: of `LATEST`, what is written after this has resolved is read. */
  async open(): Promise<void> {
    const { spec, shardId, api, signal } = this.#options;
    const { streamArn } = spec;
    this.#iterator ??= await api.iterator({ streamArn, shardId, position: this.#position, signal });
  }

  /** Reads until the shard has ended or the signal aborts. */
  async follow(): Promise<void> {
    const { clock, signal, onError } = this.#options;
    while (!this.#ended && !signal.aborted) {
      try {
        await this.open();
        await this.#readOn();
      } catch (error) {
        if (signal.aborted) break;
        if (isIteratorLost(error)) this.#iterator = undefined;
        else {
          onError(error);
          await sleep(clock, POLL_ERROR_MS, signal).catch(() => undefined);
        }
      }
    }
    for (const resolve of this.#onQuiet.splice(0)) resolve();
  }

  /** Resolves after a read that began after this call and found nothing. */
  quiet(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended || this.#options.signal.aborted) resolve();
      else this.#onQuiet.push(resolve);
    });
  }

  async #readOn(): Promise<void> {
    const { clock, signal, run } = this.#options;
    const asking = this.#onQuiet.splice(0);
    const { batch, seen } = await this.#gather().catch((error) => {
      this.#onQuiet.unshift(...asking);
      throw error;
    });
    if (seen > 0) this.#onQuiet.unshift(...asking);
    else for (const resolve of asking) resolve();
    signal.throwIfAborted();
    if (batch.length > 0) await run(batch);
    if (seen > 0) this.#lastRecord = clock.now();
    else if (!this.#ended) {
      const active = clock.now() - this.#lastRecord < ACTIVE_MS;
      await sleep(clock, active ? POLL_MS.active : POLL_MS.idle, signal);
    }
  }

  /** Records for one invocation, and how many were read for it: the filter drops some. */
  async #gather(): Promise<{ batch: StreamRecord[]; seen: number }> {
    const { spec, clock, signal } = this.#options;
    const batch: StreamRecord[] = [];
    const end = clock.now() + spec.batchWindowSeconds * 1000;
    let seen = 0;
    for (;;) {
      const read = await this.#read(spec.batchSize - batch.length).catch((error) => {
        // What has been read is not read again, so it is handed on first.
        if (seen > 0) return undefined;
        throw error;
      });
      if (read === undefined) return { batch, seen };
      seen += read.seen;
      batch.push(...read.records);
      const full = batch.length >= spec.batchSize || sizeOf(batch) >= PAYLOAD_BYTES;
      const left = end - clock.now();
      if (seen === 0 || full || left <= 0 || this.#ended) return { batch, seen };
      await sleep(clock, Math.min(left, POLL_MS.idle), signal);
    }
  }

  async #read(limit: number): Promise<{ records: StreamRecord[]; seen: number }> {
    const { api, spec, region, signal, filter } = this.#options;
    if (this.#iterator === undefined) return { records: [], seen: 0 };
    const { records, next } = await api.records({ iterator: this.#iterator, limit, signal });
    this.#iterator = next;
    this.#ended = next === undefined;
    const last = records.at(-1);
    if (last !== undefined) {
      this.#position = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: sequenceNumber(last) };
    }
    const made = records
      .filter((record) => !changedNothing(record))
      .map((record) => streamRecord({ record, region, streamArn: spec.streamArn }));
    return { records: made.filter(filter), seen: records.length };
  }
}

/** Iterators live for 15 minutes, less than a batch may be retried; another one goes on from the same place. */
function isIteratorLost(error: unknown): boolean {
  return error instanceof EngineError && error.errorType === 'ExpiredIteratorException';
}

function sizeOf(records: readonly StreamRecord[]): number {
  return records.reduce((sum, { dynamodb }) => sum + dynamodb.SizeBytes, 0);
}
