import type { Clock } from '../../contract/index.ts';

/** Something to do at a moment. */
interface Entry {
  readonly at: number;
  readonly run: () => Promise<void>;
}

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
  readonly #entries = new Heap();
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
    const entry: Entry = { at: moment, run };
    this.#entries.push(entry);
    this.#arm();
    return () => this.#entries.remove(entry);
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
      this.#entries.remove(entry);
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

/** Entries in order of their moments; those of one moment in the order in which they came. */
class Heap {
  readonly #items: { entry: Entry; turn: number }[] = [];
  readonly #gone = new Set<Entry>();
  #turns = 0;

  push(entry: Entry): void {
    const items = this.#items;
    this.#turns += 1;
    items.push({ entry, turn: this.#turns });
    for (let child = items.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfBefore(child, parent)) return;
      child = parent;
    }
  }

  first(): Entry | undefined {
    for (let top = this.#items[0]; top; top = this.#items[0]) {
      if (!this.#gone.delete(top.entry)) return top.entry;
      this.#pop();
    }
    return undefined;
  }

  /** Only an entry that is still in it may be removed. */
  remove(entry: Entry): void {
    if (this.#items[0]?.entry === entry) this.#pop();
    else this.#gone.add(entry);
  }

  #pop(): void {
    const items = this.#items;
    const last = items.pop();
    if (!last || items.length === 0) return;
    items[0] = last;
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      const child = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(child, parent)) return;
      parent = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#items[a], this.#items[b]];
    if (!one || !other) return false;
    return one.entry.at === other.entry.at ? one.turn < other.turn : one.entry.at < other.entry.at;
  }

  #swapIfBefore(a: number, b: number): boolean {
    if (!this.#isBefore(a, b)) return false;
    const [one, other] = [this.#items[a], this.#items[b]];
    if (one && other) {
      this.#items[a] = other;
      this.#items[b] = one;
    }
    return true;
  }
}
