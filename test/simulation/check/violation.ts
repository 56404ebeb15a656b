/** A promise that was broken. */
export interface Violation {
  /** The invariant, by its name in docs/guarantees. */
  readonly invariant: Invariant;
  readonly job: string | undefined;
  readonly what: string;
}

/** Every invariant that is checked, and the promise of the design's section 2 that it stands for. */
export const INVARIANTS = {
  'accepted jobs end': 'durable; every accepted job ends',
  'no execution after the end': 'one lease at a time',
  'no rejected payload is executed': 'same key, same job',
  'one lease at a time': 'one lease at a time',
  'a redrive begins anew': 'every accepted job ends, visibly',
  'only the last claimer settles': 'one lease at a time',
  'attempts are settled executions': 'only executions burn attempts',
  'dead for a reason': 'only executions burn attempts',
  'a poison job takes a neighbour along once': 'only executions burn attempts',
  'no execution after the deadline': 'every accepted job ends, visibly',
  'deadlines are watched': 'every accepted job ends',
  'expired for a reason': 'every accepted job ends, visibly',
  'dispatches rise': 'durable',
  'recorded before sent': 'durable',
  'few sends': 'no storm',
  'acknowledgements are justified': 'durable',
  'only ended jobs expire': 'durable',
  'leases are lost for a reason': 'only executions burn attempts',
  'only losses need the sweeper': 'durable',
  'history is a path': 'every accepted job ends, visibly',
  'few requests': 'no storm',
  'schedules are taken back': 'no storm',
  'a tick is one job': 'same key, same job',
  'jobs of a schedule keep apart': 'one lease at a time',
  'runs end': 'every accepted job ends',
  'nothing vanishes': 'durable',
  'no code throws': 'every accepted job ends',
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** Keeps the violations of a run; the first is what the run is about. */
export class Violations {
  readonly found: Violation[] = [];
  readonly #onFirst: () => void;

  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
  }

  add(invariant: Invariant, job: string | undefined, what: string): void {
    this.found.push({ invariant, job, what });
    if (this.found.length === 1) this.#onFirst();
  }
}
