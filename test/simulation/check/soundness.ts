import { DEFAULTS } from '../../../lib/contract/index.ts';
import type { Execution } from '../app/behaviours.ts';
import type { Process } from '../world/process.ts';

/** It never stood still since it took its lease, heeds its signal, and no fault took its record: its lease is its own. */
export function isSound({ by, freezes, ignoring, dispossessed }: Execution): boolean {
  return !ignoring && !dispossessed && by.freezes === freezes;
}

/** Clocks that differ by a lease's margin at most say the same of a lease: what may be promised, see docs/guarantees. */
export function agree(a: Process, b: Process): boolean {
  return Math.abs(a.skew - b.skew) <= DEFAULTS.leaseMargin;
}

/** It runs now, and nobody else may. */
export function isOwner(execution: Execution): boolean {
  return execution.returned === undefined && execution.by.alive && isSound(execution);
}
