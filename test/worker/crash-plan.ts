/** A moment at which the process is killed: before its nth AWS call reaches AWS, or before the answer reaches it. */
export interface CrashPoint {
  /** From 1, counted over all processes of a run. */
  readonly call: number;
  readonly when: 'before' | 'after';
}

/** Counts the AWS calls of a run and says at which of them the process dies. */
export class CrashPlan {
  readonly #points: readonly CrashPoint[];
  #calls = 0;

  constructor(points: readonly CrashPoint[] = []) {
    this.#points = points;
  }

  get calls(): number {
    return this.#calls;
  }

  next(): CrashPoint['when'] | undefined {
    this.#calls += 1;
    return this.#points.find(({ call }) => call === this.#calls)?.when;
  }
}
