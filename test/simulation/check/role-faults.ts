import type { FiredFault } from '../world/faults.ts';

/** A call may be under way for five minutes; who did not answer is then left alone for half a minute. Milliseconds. */
const SPARED = 330_000;

/** How many faults struck what each role called, and its invocations: what it may fail of. */
export class RoleFaults {
  readonly #struck = new Map<string, number>();
  /** When one last struck a call of EventBridge Scheduler. */
  readonly #scheduler = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  struck({ name }: FiredFault): void {
    const [, role, call = ''] = /@ (?:invoke )?([a-z]+)(?:: (\w+)| with )/.exec(name) ?? [];
    if (role === undefined) return;
    this.#struck.set(role, this.of(role) + 1);
    if (call.endsWith('Schedule')) this.#scheduler.set(role, this.#now());
  }

  of(role: string): number {
    return this.#struck.get(role) ?? 0;
  }

  /** Whether the role may be leaving EventBridge Scheduler alone, because a call of before was not answered. */
  sparesScheduler(role: string): boolean {
    const struckAt = this.#scheduler.get(role);
    return struckAt !== undefined && this.#now() - struckAt < SPARED;
  }
}
