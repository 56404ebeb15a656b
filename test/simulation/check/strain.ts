import type { FaultKind } from '../world/fault-kinds.ts';

/** Strain on one job that its worker outlives for certain: the SDK tries every call three times. */
export const BEARABLE = 3;

/** Longer than any outage, and any call, lasts and than clocks differ, in milliseconds. */
export const OUTLIVED = 2 * 3_600_000;

const HANGS = new Set<FaultKind>(['request late', 'response late', 'outage']);

/** A call that hangs may use up a lease by itself; another fault costs one try. */
export function strainOf(kind: FaultKind): number {
  return HANGS.has(kind) ? BEARABLE : 1;
}
