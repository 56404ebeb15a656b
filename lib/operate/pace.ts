import { type Clock, sleep } from '../contract/index.ts';

/** Lets work begin at a steady rate, and only so much of it run at once. */
export class Pace {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #parallel: number;
  readonly #running = new Set<Promise<void>>();
  #next = 0;
  #failed: { readonly error: unknown } | undefined;

  /** `rate`: a second. */
  constructor({ clock, rate, parallel }: { clock: Clock; rate: number; parallel: number }) {
    this.#clock = clock;
    this.#interval = 1_000 / rate;
    this.#parallel = parallel;
  }

  /** Begins the work when its turn comes, and returns then; rejects when the signal aborts first, or earlier work failed. */
  async begin(work: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const at = Math.max(now, this.#next);
    if (at > now) await sleep(this.#clock, at - now, signal);
    while (this.#running.size >= this.#parallel) await Promise.race(this.#running);
    signal?.throwIfAborted();
    this.#rethrow();
    this.#next = Math.max(at, this.#clock.now() - this.#interval) + this.#interval;
    const running = work()
      .catch((error: unknown) => {
        this.#failed ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when everything that was begun has ended; rejects, once, when some of it failed. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
    this.#rethrow();
  }

  #rethrow(): void {
    const failed = this.#failed;
    this.#failed = undefined;
    if (failed) throw failed.error;
  }
}
