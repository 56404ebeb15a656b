import type { FiredFault } from '../world/faults.ts';

/** How many faults struck what each role called, and its invocations: what it may fail of. */
export class RoleFaults {
  readonly #struck = new Map<string, number>();

  struck({ name }: FiredFault): void {
    const role = /@ (?:invoke )?([a-z]+)(?:: | with )/.exec(name)?.[1];
    if (role !== undefined) this.#struck.set(role, this.of(role) + 1);
  }

  of(role: string): number {
    return this.#struck.get(role) ?? 0;
  }
}
