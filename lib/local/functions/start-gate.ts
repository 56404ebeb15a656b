import type { Clock } from '../../contract/index.ts';

/** A restrained start is followed by a rest of so many times its own duration: at most a quarter of the time goes into them. */
const REST = 3;
/** On a machine under load starts are slow, and handlers that wait for long still need their sandboxes some time. */
const LONGEST_REST_MS = 500;

export interface StartGateOptions {
  /** Starts that may run at once. */
  readonly width: number;
  readonly clock: Clock;
}

/**
 * Spaces out the starts of sandboxes. On AWS a cold start costs the others nothing; here it takes the processor from
 * what runs already, and a burst that starts all it may is done later than one that starts a few and uses them well.
 */
export class StartGate implements Disposable {
  readonly #options: StartGateOptions;
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #restrained: Promise<unknown> = Promise.resolve();
  #restUntil = Number.NEGATIVE_INFINITY;
  #endRest: (() => void) | undefined;
  #disposed = false;

  constructor(options: StartGateOptions) {
    this.#options = options;
    this.#free = options.width;
  }

  /** Runs the start as soon as there is room for it. */
  async pass<T>(start: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await start();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  /** Runs the start after all other restrained ones and a rest; at once when nobody wants it any more by then. */
  restrained<T>(start: () => Promise<T>, wanted: () => boolean): Promise<T> {
    const turn = this.#restrained.then(async () => {
      if (!wanted()) return start();
      await this.#rest();
      const begun = this.#options.clock.now();
      const result = await this.pass(start);
      const ended = this.#options.clock.now();
      this.#restUntil = ended + Math.min(REST * (ended - begun), LONGEST_REST_MS);
      return result;
    });
    this.#restrained = turn.catch(() => undefined);
    return turn;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#endRest?.();
  }

  async #rest(): Promise<void> {
    const { clock } = this.#options;
    const left = this.#restUntil - clock.now();
    if (left <= 0 || this.#disposed) return;
    await new Promise<void>((resolve) => {
      const stop = clock.after(left, resolve);
      this.#endRest = () => {
        stop();
        resolve();
      };
    });
  }
}
