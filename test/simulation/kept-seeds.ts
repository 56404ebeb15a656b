import type { FaultKind } from './world/fault-kinds.ts';

interface KeptSeed {
  readonly seed: number;
  readonly jobs: number;
  /** Whether the run has recurring schedules, as it had when it failed. */
  readonly ticks: boolean;
  /** Kinds of faults that it had much of. @default as the seed draws */
  readonly focus?: readonly FaultKind[];
  readonly found: string;
}

/** Seeds that once broke a promise, with what they found. */
export const KEPT_SEEDS: readonly KeptSeed[] = [
  {
    seed: 35,
    jobs: 100,
    ticks: false,
    found: 'a claimed job waited for a neighbour’s slow claim until its lease was over',
  },
  {
    seed: 486,
    jobs: 100,
    ticks: false,
    found:
      'a repeated enqueue resolved for a job whose payload was never stored, once the sweeper had asked for it',
  },
  {
    seed: 2713,
    jobs: 100,
    ticks: false,
    found:
      'a job that expired before its enqueue had stored the payload was redriven, with nothing for the outbox to send',
  },
  {
    seed: 169,
    jobs: 40,
    ticks: false,
    focus: ['freeze', 'response late', 'wild skew', 'duplicate', 'out of memory'],
    found:
      'a lease that lapsed between the read and the write of a claim was taken over, and nothing said so',
  },
];
