import { DEFAULTS } from '../contract/index.ts';

/** Milliseconds that a job waits whose message the recorder brings back for the `hop`-th time, from 1, at most. */
export function hopWait(hop: number): number {
  return DEFAULTS.hopWaits[hop - 1] ?? Math.max(...DEFAULTS.hopWaits);
}
