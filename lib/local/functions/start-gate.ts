/** Lets at most so many tasks run at once; the others wait their turn. */
export class StartGate {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(options: { width: number }) {
    this.#free = options.width;
  }

  async pass<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
