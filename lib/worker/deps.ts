import type { Catalog, Chance, Clock } from '../contract/index.ts';
import type { Dispatcher, Visibility } from '../dispatch/index.ts';
import type { LoggerFactory } from '../observe/index.ts';
import type { JobTable, ScheduleTable } from '../state/index.ts';
import type { AnyHandler } from './execute.ts';
import type { Strays } from './strays.ts';

/** Everything that a worker reaches for: given, so that a test can own time, chance and faults. */
export interface WorkerDeps {
  readonly catalog: Catalog;
  readonly handlers: Readonly<Record<string, AnyHandler>>;
  readonly table: JobTable;
  readonly schedules: ScheduleTable;
  readonly dispatcher: Dispatcher;
  readonly visibility: Visibility;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: LoggerFactory;
  readonly settings: WorkerSettings;
  readonly strays: Strays;
  /** Ends the process: a handler that ignored its signal must not thaw in a later invocation. */
  readonly exit: (code: number) => void;
}

/** Durations in milliseconds. */
export interface WorkerSettings {
  readonly pool: string;
  /** Jobs of one batch that run at the same time. */
  readonly concurrency: number;
  readonly retention: number;
  readonly deadRetention: number;
  readonly leaseMargin: number;
  readonly settleReserve: number;
  readonly lapseLimit: number;
  /** Between two looks at a running job's record. */
  readonly beat: number;
  /** Names this execution environment in attempts. */
  readonly worker: string;
}
