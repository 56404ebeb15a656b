/** Something that happens at a point of virtual time. */
export interface Happening {
  readonly at: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
  called: boolean;
}

/** What is to happen, the earliest first; of two at one time, the one that was entered first. A binary heap. */
export class Agenda {
  readonly #heap: Happening[] = [];
  #entered = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The returned function calls it off. */
  enter(at: number, run: () => void | Promise<void>): () => void {
    this.#entered += 1;
    const happening: Happening = { at, order: this.#entered, run, called: true };
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(happening);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!before(happening, heap[parent] as Happening)) break;
      heap[hole] = heap[parent] as Happening;
      hole = parent;
    }
    heap[hole] = happening;
    return () => {
      happening.called = false;
    };
  }

  next(): Happening | undefined {
    for (;;) {
      const first = this.#pop();
      if (!first || first.called) return first;
    }
  }

  #pop(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && before(heap[right] as Happening, heap[child] as Happening)) child = right;
      if (!before(heap[child] as Happening, last)) break;
      heap[at] = heap[child] as Happening;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function before(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
