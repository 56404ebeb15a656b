import type { Clock } from '../contract/index.ts';

/** 2027-01-01: when a test's time begins unless it says otherwise. */
export const START = Date.UTC(2027, 0, 1);

interface Timer {
  readonly at: number;
  readonly then: () => void;
}

/** Time that stands still until it is moved. Timers fire in order, each at its own time. */
export class VirtualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now: number;

  /** @param start milliseconds since the epoch */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, then: () => void): () => void {
    // What is never due waits for nothing.
    if (ms === Number.POSITIVE_INFINITY) return () => undefined;
    // Clocks tell whole milliseconds.
    const timer = { at: this.#now + Math.max(0, Math.ceil(ms)), then };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** When the next timer fires, in milliseconds since the epoch; undefined: none waits. */
  next(): number | undefined {
    return this.#first()?.at;
  }

  /** Goes to a time and fires what is due by then. It never goes back. */
  moveTo(at: number): void {
    for (let timer = this.#first(); timer && timer.at <= at; timer = this.#first()) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.then();
    }
    this.#now = Math.max(this.#now, at);
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (!first || timer.at < first.at) first = timer;
    return first;
  }
}
