/** Something to do at a moment. */
export interface Entry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly run: () => Promise<void>;
  calledOff: boolean;
}

/** Entries in order of their moments; those of one moment in the order in which they came. */
export class EntryHeap {
  readonly #items: { readonly entry: Entry; readonly turn: number }[] = [];
  #turns = 0;

  push(entry: Entry): void {
    this.#turns += 1;
    this.#items.push({ entry, turn: this.#turns });
    let child = this.#items.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfBefore(child, parent)) return;
      child = parent;
    }
  }

  /** The entry of the earliest moment, of those that are not called off. */
  first(): Entry | undefined {
    while (this.#items[0]?.entry.calledOff) this.pop();
    return this.#items[0]?.entry;
  }

  /** Takes the first entry out. */
  pop(): void {
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return;
    this.#items[0] = last;
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const child = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(child, parent)) return;
      parent = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const one = this.#items[a];
    const other = this.#items[b];
    if (one === undefined || other === undefined) return false;
    return one.entry.at === other.entry.at ? one.turn < other.turn : one.entry.at < other.entry.at;
  }

  #swapIfBefore(a: number, b: number): boolean {
    const one = this.#items[a];
    const other = this.#items[b];
    if (one === undefined || other === undefined || !this.#isBefore(a, b)) return false;
    this.#items[a] = other;
    this.#items[b] = one;
    return true;
  }
}
