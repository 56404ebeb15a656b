import type { Clock } from '../../contract/index.ts';
import { type Entry, EntryHeap } from './entry-heap.ts';

/** Longer waits are cut up: a timer of Node's holds 24.8 days at most, and a machine may sleep in between. */
const LONGEST_WAIT = 3_600_000;

/**
 * What is to be done, and when, by a clock that can be moved ahead of the one it was given.
 *
 * @example
 * const agenda = new Agenda(clock);
 * agenda.at(agenda.now() + 60_000, async () => send());
 * await agenda.advance(60_000);
 */
export class Agenda implements Disposable {
  readonly #clock: Clock;
  readonly #entries = new EntryHeap();
  readonly #running = new Set<Promise<void>>();
  #ahead = 0;
  #moving = false;
  #stopTimer: (() => void) | undefined;
  #disposed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#clock.now() + this.#ahead;
  }

  /** Runs `run` at the moment, at once if it has passed; the returned function calls it off. `run` must not reject. */
  at(moment: number, run: () => Promise<void>): () => void {
    const entry: Entry = { at: moment, run, calledOff: false };
    this.#entries.push(entry);
    this.#arm();
    return () => {
      entry.calledOff = true;
    };
  }

  /**
   * Lets `ms` milliseconds pass. Each moment on the way gets its time to end before the next one comes, so what fails
   * is tried again where it would have been.
   */
  async advance(ms: number): Promise<void> {
    const until = this.now() + ms;
    this.#moving = true;
    try {
      for (let entry = this.#entries.first(); entry && entry.at <= until; entry = this.#entries.first()) {
        this.#ahead += Math.max(0, entry.at - this.now());
        this.#runDue(entry.at);
        await this.settled();
      }
      this.#ahead += Math.max(0, until - this.now());
    } finally {
      this.#moving = false;
      this.#arm();
    }
  }

  /** Resolves when nothing is being done. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#stopTimer?.();
  }

  #runDue(until: number): void {
    for (let entry = this.#entries.first(); entry && entry.at <= until; entry = this.#entries.first()) {
      this.#entries.pop();
      const running = entry.run().finally(() => this.#running.delete(running));
      this.#running.add(running);
    }
  }

  #arm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    const first = this.#entries.first();
    if (!first || this.#moving || this.#disposed) return;
    const wait = Math.min(Math.max(0, first.at - this.now()), LONGEST_WAIT);
    this.#stopTimer = this.#clock.after(wait, () => {
      this.#runDue(this.now());
      this.#arm();
    });
  }
}
