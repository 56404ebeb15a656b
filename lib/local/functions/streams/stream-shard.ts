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
  /** Read and not handed on yet. */
  readonly #unsent: StreamRecord[] = [];
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
    while ((!this.#ended || this.#unsent.length > 0) && !signal.aborted) {
      try {
        if (!this.#ended) await this.open();
        await this.#readOn();
      } catch (error) {
        if (signal.aborted) break;
        const lost = isIteratorLost(error);
        if (lost) this.#iterator = undefined;
        else onError(error);
        await sleep(clock, lost ? POLL_MS.active : POLL_ERROR_MS, signal).catch(() => undefined);
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

  /** Records for one invocation, and how many were read or left over for it: the filter drops some. */
  async #gather(): Promise<{ batch: StreamRecord[]; seen: number }> {
    const { spec, clock, signal } = this.#options;
    const end = clock.now() + spec.batchWindowSeconds * 1000;
    let seen = this.#unsent.length;
    while (this.#unsent.length < spec.batchSize && !this.#ended) {
      const read = await this.#read().catch((error) => {
        // What has been read is not read again, so it is handed on first; the error will be there next time.
        if (seen > 0) return 0;
        throw error;
      });
      seen += read;
      const left = end - clock.now();
      if (seen === 0 || left <= 0) break;
      await sleep(clock, Math.min(left, POLL_MS.idle), signal);
    }
    return { batch: this.#take(), seen };
  }

  /** Reads as much as there is and keeps what passes; a filter may let little of it pass. */
  async #read(): Promise<number> {
    const { api, spec, region, signal, filter } = this.#options;
    if (this.#iterator === undefined) return 0;
    const { records, next } = await api.records({ iterator: this.#iterator, signal });
    this.#iterator = next;
    this.#ended = next === undefined;
    const last = records.at(-1);
    if (last !== undefined) {
      this.#position = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: sequenceNumber(last) };
    }
    const made = records
      .filter((record) => !changedNothing(record))
      .map((record) => streamRecord({ record, region, streamArn: spec.streamArn }));
    this.#unsent.push(...made.filter(filter));
    return records.length;
  }

  #take(): StreamRecord[] {
    let count = 0;
    for (let bytes = 0; count < Math.min(this.#unsent.length, this.#options.spec.batchSize); count += 1) {
      bytes += this.#unsent[count]?.dynamodb.SizeBytes ?? 0;
      if (count > 0 && bytes > PAYLOAD_BYTES) break;
    }
    return this.#unsent.splice(0, count);
  }
}

/** Iterators live for 15 minutes, less than a batch may be retried; another one goes on from the same place. */
function isIteratorLost(error: unknown): boolean {
  return error instanceof EngineError && error.errorType === 'ExpiredIteratorException';
}
