import type { Clock } from '../contract/index.ts';

/** 2027-01-01: when a test's time begins unless it says otherwise. */
export const START = Date.UTC(2027, 0, 1);

interface Timer {
  readonly at: number;
  readonly then: () => void;
  readonly owner: symbol | undefined;
}

/** A clock of somebody's own, and when the next of their timers fires, in milliseconds since the epoch. */
export interface BranchClock extends Clock {
  next(): number | undefined;
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
    return this.#add(ms, then);
  }

  /** When the next timer fires, in milliseconds since the epoch; undefined: none waits. */
  next(): number | undefined {
    return first(this.#timers)?.at;
  }

  /** Goes to a time and fires what is due by then. It never goes back. */
  moveTo(at: number): void {
    for (let timer = first(this.#timers); timer && timer.at <= at; timer = first(this.#timers)) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.then();
    }
    this.#now = Math.max(this.#now, at);
  }

  /** The same time for somebody whose own timers are to be told from all others. */
  branch(): BranchClock {
    const owner = Symbol();
    return {
      now: () => this.#now,
      next: () => first([...this.#timers].filter((timer) => timer.owner === owner))?.at,
      after: (ms, then) => this.#add(ms, then, owner),
    };
  }

  #add(ms: number, then: () => void, owner?: symbol): () => void {
    // What is never due waits for nothing.
    if (ms === Number.POSITIVE_INFINITY) return () => undefined;
    // Clocks tell whole milliseconds.
    const timer = { at: this.#now + Math.max(0, Math.ceil(ms)), then, owner };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}

function first(timers: Iterable<Timer>): Timer | undefined {
  let earliest: Timer | undefined;
  for (const timer of timers) if (!earliest || timer.at < earliest.at) earliest = timer;
  return earliest;
}
