/** The calls under way from every process of a lab: while there are any, time stands still. */
export class Traffic {
  #inFlight = 0;
  #waiters: (() => void)[] = [];

  get quiet(): boolean {
    return this.#inFlight === 0;
  }

  /** Resolves when no call is under way. */
  wait(): Promise<void> {
    if (this.quiet) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  async during<T>(call: () => Promise<T>): Promise<T> {
    this.#inFlight += 1;
    try {
      return await call();
    } finally {
      this.#inFlight -= 1;
      if (this.quiet) for (const wake of this.#waiters.splice(0)) wake();
    }
  }
}
