import type { DynamoDBRecord } from 'aws-lambda';
import type { Activity } from './activity.ts';
import { DisposedError } from './errors.ts';
import type { Functions } from './functions.ts';
import { JobsSeen } from './jobs-seen.ts';
import type { StackQueues } from './pool-queues.ts';
import { Sweeping } from './sweeping.ts';
import type { TestQueue } from './test-queue.ts';
import type { TestTable } from './test-table.ts';
import type { BranchClock, VirtualClock } from './virtual-clock.ts';

/** Dead letters in one invocation of the recorder. */
const RECORDER_BATCH = 10;

export interface WorldOptions {
  readonly clock: VirtualClock;
  /** The same time as the functions have it: their timers are known by it. */
  readonly functionClock: BranchClock;
  readonly activity: Activity;
  readonly table: TestTable;
  readonly queues: StackQueues;
  readonly functions: Functions;
  /** Messages in one invocation of a worker. */
  readonly concurrency: number;
}

export interface SettleOptions {
  /** Whether time goes on although handlers run. */
  readonly overtake?: boolean;
  /** Called before each thing that is done: throws to stop. */
  readonly check?: () => void;
}

/** The stack in one process: what Lambda does with queues and the table's stream, one thing after the other. */
export class World {
  readonly jobs = new JobsSeen();
  readonly #options: WorldOptions;
  readonly #invocations = new Set<Promise<void>>();
  #unfollowed: DynamoDBRecord[] = [];
  #failure: { readonly error: unknown } | undefined;
  readonly #sweeping: Sweeping;
  #disposed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#sweeping = new Sweeping({ jobs: this.jobs, since: options.clock.now() });
  }

  get now(): number {
    return this.#options.clock.now();
  }

  /** Takes note of what was written since, and leaves it to be followed. */
  async look(): Promise<void> {
    const changes = await this.#options.table.changes();
    this.jobs.note(changes);
    this.#unfollowed.push(...changes);
  }

  /** Runs one thing after the other: two that move time at once would move it twice. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#disposed) throw new DisposedError();
      return work();
    });
    // The next in line runs whatever became of this one; its error is the caller's.
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Does all there is to do now. */
  async settle({ overtake = false, check = () => undefined }: SettleOptions = {}): Promise<void> {
    for (;;) {
      await this.#options.activity.still({ overtake });
      if (this.#failure) throw this.#failure.error;
      if (this.#invocations.size > 0 && !overtake) await this.#invocationsWait();
      else {
        check();
        if (!(await this.#step())) return;
      }
    }
  }

  /** When the next thing is due, in milliseconds since the epoch; undefined: nothing is. */
  next(): number | undefined {
    const { clock, queues } = this.#options;
    const times = [clock.next(), this.#sweeping.next(), ...queues.all.map((queue) => queue.next())];
    const known = times.filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.max(this.now, Math.min(...known));
  }

  moveTo(at: number): void {
    this.#options.clock.moveTo(at);
  }

  dispose(): Promise<void> {
    return this.alone(async () => {
      this.#disposed = true;
    });
  }

  /** No handler runs and nothing is called: what still goes on waits for the clock, a moment ahead at most. */
  async #invocationsWait(): Promise<void> {
    const { clock, functionClock } = this.#options;
    const timer = functionClock.next();
    if (timer === undefined) await Promise.race(this.#invocations);
    else clock.moveTo(timer);
  }

  /** Does the next thing that is due. False: there is none. */
  async #step(): Promise<boolean> {
    const { functions, queues, concurrency } = this.#options;
    await this.look();
    if (this.#unfollowed.length > 0) {
      this.#invoke(functions.follow(this.#unfollowed.splice(0)));
      return true;
    }
    for (const pool of queues.pools) {
      for (const { queue } of pool.queues)
        if (this.#feed(queue, concurrency, (records) => functions.work(pool, records))) return true;
    }
    for (const queue of queues.deadLetters)
      if (this.#feed(queue, RECORDER_BATCH, (records) => functions.record(records))) return true;
    if (!this.#sweeping.due(this.now)) return false;
    this.#sweeping.ran(this.now);
    this.#invoke(this.#sweep());
    return true;
  }

  /** As an event source does: what the function does not report is done with. */
  #feed(queue: TestQueue, most: number, invoke: (records: Records) => Promise<readonly string[]>): boolean {
    const records = queue.receive(most, this.now);
    if (records.length === 0) return false;
    const done = async () => {
      const failed = await invoke(records);
      for (const { messageId, receiptHandle } of records)
        if (!failed.includes(messageId)) queue.delete(receiptHandle);
    };
    this.#invoke(done());
    return true;
  }

  #invoke(work: Promise<void>): void {
    const running = work
      .catch((error: unknown) => {
        // Millrace's functions do not throw: the test is to fail, not to go on with half of a stack.
        this.#failure ??= { error };
      })
      .finally(() => this.#invocations.delete(running));
    this.#invocations.add(running);
  }

  async #sweep(): Promise<void> {
    const { table, functions } = this.#options;
    for (const { id } of this.jobs.expired(this.now)) await table.expire(id);
    if (this.jobs.unended().length > 0) await functions.sweep();
  }
}

type Records = ReturnType<TestQueue['receive']>;
