import type { FaultKind } from '../world/fault-kinds.ts';

/** Strain on one job that its worker outlives for certain: the SDK tries every call three times. */
export const BEARABLE = 3;

/** A call that hangs may use up a lease by itself; another fault costs one try. */
export function strainOf(kind: FaultKind): number {
  return kind === 'request late' || kind === 'response late' ? BEARABLE : 1;
}
