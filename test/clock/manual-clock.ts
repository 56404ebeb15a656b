import type { Clock } from '../../lib/contract/index.ts';

interface Timer {
  readonly at: number;
  readonly then: () => void;
}

/** Time that passes when a test says so. It stands in shared memory, so that an engine in a thread can go by it too. */
export class ManualClock implements Clock {
  readonly shared = new SharedArrayBuffer(8);
  readonly #time = new Float64Array(this.shared);
  readonly #timers = new Set<Timer>();

  constructor(start: number = Date.UTC(2027, 0, 1)) {
    this.#time[0] = start;
  }

  now(): number {
    return this.#time[0] as number;
  }

  after(ms: number, then: () => void): () => void {
    // Clocks tell whole milliseconds.
    const timer = { at: this.now() + Math.ceil(ms), then };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets `ms` milliseconds pass; the timers on the way fire in order, each at its own time. */
  advance(ms: number): void {
    const until = this.now() + ms;
    for (let timer = this.#first(); timer && timer.at <= until; timer = this.#first()) this.#fire(timer);
    this.#time[0] = until;
  }

  /** Goes to the next timer and fires it. False: none waits. */
  next(): boolean {
    const timer = this.#first();
    if (timer) this.#fire(timer);
    return timer !== undefined;
  }

  #first(): Timer | undefined {
    return [...this.#timers].sort((a, b) => a.at - b.at)[0];
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#time[0] = Math.max(this.now(), timer.at);
    timer.then();
  }
}
