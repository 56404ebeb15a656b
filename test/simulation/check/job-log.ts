import type { JobRecord } from '../../../lib/state/index.ts';
import type { Execution } from '../app/behaviours.ts';
import type { FaultKind } from '../world/fault-kinds.ts';
import type { Process } from '../world/process.ts';

/** A lease as it was taken. */
export interface Lease {
  readonly token: string;
  readonly by: Process;
  /** As they were when it was taken: what changed since may be why it was lost. */
  readonly freezes: number;
  readonly strain: number;
  readonly dispatch: number;
  execution: Execution | undefined;
  /** Whether a handler began under it, by whatever clock. */
  executed: boolean;
  /** How it ended; undefined: it did not, or has not yet. */
  ended: 'settled' | 'released' | undefined;
}

/** All that happened to one job, as the checks need it. */
export class JobLog {
  readonly id: string;
  /** The enqueues that resolved with this job. */
  promises: string[] = [];
  /** Made by a tick of a schedule: those of its schedule read it when they are decided about. */
  scheduled = false;
  /** Enqueues that resolved with it, ever. */
  enqueues = 0;
  /** Records put under its id, and enqueues that its record refused. */
  asked = 0;
  /** Which enqueue a record of this id was accepted from; by gen. */
  readonly accepted = new Map<string, string>();
  /** The highest dispatch ever recorded; by gen. */
  readonly recorded = new Map<string, number>();
  sends = 0;
  deliveries = 0;
  /** Of messages that were left, or lost their worker, and of changes in the stream. */
  redeliveries = 0;
  executions = 0;
  calls = 0;
  /** Heartbeats that prolonged its lease, and beats at which its worker looked at it. */
  heartbeats = 0;
  looks = 0;
  /** Dispatches that went through the outbox. */
  far = 0;
  faults = 0;
  /** Invocations that had a message of it and were cut short, or whose process stood still. */
  disturbed = 0;
  /** Of the faults, those that leave a copy of a message. */
  copies = 0;
  /** The same, by how much of a lease each may use up. */
  strain = 0;
  /** As it was when a process began to work at a message of it: what strikes a claim does so before the claim is applied. */
  readonly strainAtStart = new WeakMap<Process, number>();
  /** Requests that operators may have made about it. */
  operations = 0;
  redrives = 0;
  /** When a cancel of its running was requested since it was put or redriven, by the world's clock. */
  cancelAskedAt: number | undefined;
  /** When it was dispatched again without an attempt, since it was put or redriven. */
  broughtBackAt: number[] = [];
  /** Its faults and disturbances when it was brought back last. */
  struckBefore = 0;
  /** Executions settled as attempts since the record was put or redriven. */
  attempts = 0;
  leases: Lease[] = [];
  /** Times since then, and since it was settled last, that another job's death ended its lease. */
  takenAlong = 0;
  lastEnd: JobRecord | undefined;
  /** The changes of state of its present record, claims of a lapsed lease included. */
  path: string[] = [];
  /** Who claimed it, of its present record. */
  claimers: string[] = [];
  /** Whether a claim of its present record was handed back unexecuted. */
  released = false;
  running: Execution[] = [];
  /** Who wrote its record last. */
  changedBy: Process | undefined;
  /** Some clock that had a say in it was off: what is due to one is not yet to another. */
  skewed = false;
  /** A fault took something from it that only the sweeper can mend. */
  void: FaultKind | undefined;

  constructor(id: string) {
    this.id = id;
  }

  get lease(): Lease | undefined {
    return this.leases.at(-1);
  }

  /** A new record, or a redrive: attempts and lapses count from zero. */
  begin(): void {
    this.attempts = 0;
    this.takenAlong = 0;
    this.cancelAskedAt = undefined;
    this.leases = [];
    this.broughtBackAt = [];
  }
}

export class JobLogs {
  readonly #logs = new Map<string, JobLog>();

  of(id: string): JobLog {
    let log = this.#logs.get(id);
    if (!log) {
      log = new JobLog(id);
      this.#logs.set(id, log);
    }
    return log;
  }

  all(): JobLog[] {
    return [...this.#logs.values()];
  }
}
