import type { FiredFault } from '../world/faults.ts';

/** How many faults struck what each role called, and its invocations: what it may fail of. */
export class RoleFaults {
  readonly #struck = new Map<string, number>();
  readonly #last = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  struck({ name }: FiredFault): void {
    const role = /@ (?:invoke )?([a-z]+)(?:: | with )/.exec(name)?.[1];
    if (role === undefined) return;
    this.#struck.set(role, this.of(role) + 1);
    this.#last.set(role, this.#now());
  }

  of(role: string): number {
    return this.#struck.get(role) ?? 0;
  }

  /** Whether none has struck since then. */
  areOver(role: string, since: number): boolean {
    return (this.#last.get(role) ?? Number.NEGATIVE_INFINITY) < since;
  }
}
