import type { Violation } from '../check/violation.ts';
import type { FaultKind } from '../world/fault-kinds.ts';

/** What a process is to do next. */
export interface Order {
  readonly seed: number;
  readonly jobs: number;
  /** Shrink the run and tell its story when it fails. */
  readonly explain: boolean;
  /** Kinds of faults that the run has much of. */
  readonly focus: readonly FaultKind[];
  /** Whether recurring schedules make jobs too. @default as the rule that is out has it, or else the seed */
  readonly ticks?: boolean | undefined;
}

/** What became of a seed. */
export interface Report {
  readonly seed: number;
  /** Whether recurring schedules made jobs too. */
  readonly ticks: boolean;
  readonly violation: Violation | undefined;
  readonly calls: number;
  readonly happened: number;
  /** Virtual milliseconds. */
  readonly lasted: number;
  /** How often each kind struck. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** How often each kind took effect. */
  readonly effects: Readonly<Partial<Record<FaultKind, number>>>;
  readonly trace: string;
  readonly explained?: {
    /** Whether the run failed when it was run again. */
    readonly failed: boolean;
    /** What broke in the run that is told: with fewer jobs and faults it may be another job's. */
    readonly violation: Violation | undefined;
    readonly story: string;
    readonly enqueues: readonly string[];
    readonly faults: readonly string[];
  };
}
