import type { Draws } from './draws.ts';
import { type FaultKind, type FaultRates, mayMiss } from './fault-kinds.ts';

/** A fault that happened, by a name that the same run gives it again. */
export interface FiredFault {
  readonly name: string;
  readonly kind: FaultKind;
  readonly jobs: readonly string[];
}

/**
 * Decides where faults strike, each by the name of its point: who, which call, about which job, which time. Given a list
 * of names, exactly those strike: that is how a failing run is shrunk.
 */
export class Faults {
  readonly fired: FiredFault[] = [];
  readonly rates: FaultRates;
  /** How often each kind took effect: a strike may find nothing to take, to stop or to delay. */
  readonly effects = new Map<FaultKind, number>();
  readonly #draws: Draws;
  readonly #only: ReadonlySet<string> | undefined;
  readonly #times = new Map<string, number>();
  readonly #onFire: (fault: FiredFault) => void;
  /** Virtual time from which none strikes: what was broken can then be seen to mend. */
  #over = false;

  constructor(options: {
    readonly draws: Draws;
    readonly rates: FaultRates;
    readonly only?: ReadonlySet<string>;
    readonly onFire: (fault: FiredFault) => void;
  }) {
    this.#draws = options.draws;
    this.rates = options.rates;
    this.#only = options.only;
    this.#onFire = options.onFire;
  }

  /** The point's own name: the same point, met again, gets a number. */
  point(base: string): string {
    const times = this.#times.get(base) ?? 0;
    this.#times.set(base, times + 1);
    return times === 0 ? base : `${base} ×${times + 1}`;
  }

  end(): void {
    this.#over = true;
  }

  /** Which of the kinds strikes at a point, if any. */
  strike<K extends FaultKind>(
    point: string,
    kinds: readonly K[],
    jobs: readonly string[] = [],
  ): K | undefined {
    if (this.#over) return undefined;
    const kind = this.#only ? this.#listed(point, kinds) : this.#drawn(point, kinds);
    if (kind !== undefined) {
      const fault = { name: nameOf(kind, point), kind, jobs };
      this.fired.push(fault);
      if (!mayMiss(kind)) this.took(kind);
      this.#onFire(fault);
    }
    return kind;
  }

  /** What struck met something. */
  took(kind: FaultKind): void {
    this.effects.set(kind, (this.effects.get(kind) ?? 0) + 1);
  }

  /** Jobs come under a fault that struck before, for it lasts. */
  suffered(kind: FaultKind, point: string, jobs: readonly string[]): void {
    this.#onFire({ name: nameOf(kind, point), kind, jobs });
  }

  #listed<K extends FaultKind>(point: string, kinds: readonly K[]): K | undefined {
    return kinds.find((kind) => this.#only?.has(nameOf(kind, point)));
  }

  #drawn<K extends FaultKind>(point: string, kinds: readonly K[]): K | undefined {
    let left = this.#draws.unit(`fault ${point}`);
    for (const kind of kinds) {
      left -= this.rates[kind];
      if (left < 0) return kind;
    }
    return undefined;
  }
}

function nameOf(kind: FaultKind, point: string): string {
  return `${kind} @ ${point}`;
}
