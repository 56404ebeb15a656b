interface Entry<T> {
  readonly source: string;
  readonly item: T;
}

/**
 * Who waits for a sandbox, by event source. The source with the least in work comes first: on AWS no mapping waits for
 * another's invocations, so that here, where sandboxes are few, none may wait behind a full queue of another's.
 */
export class FairQueue<T> {
  readonly #entries: Entry<T>[] = [];
  readonly #inWork = new Map<string, number>();

  get length(): number {
    return this.#entries.length;
  }

  push(source: string, item: T): void {
    this.#entries.push({ source, item });
  }

  /** Takes the next out: the first of the source with the least in work. */
  take(): T | undefined {
    let best: Entry<T> | undefined;
    for (const entry of this.#entries) {
      if (best === undefined || this.#load(entry.source) < this.#load(best.source)) best = entry;
    }
    if (best !== undefined) this.#entries.splice(this.#entries.indexOf(best), 1);
    return best?.item;
  }

  begin(source: string): void {
    this.#inWork.set(source, this.#load(source) + 1);
  }

  end(source: string): void {
    this.#inWork.set(source, this.#load(source) - 1);
  }

  #load(source: string): number {
    return this.#inWork.get(source) ?? 0;
  }
}
