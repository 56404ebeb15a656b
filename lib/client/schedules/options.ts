import type { RecordUnreadableError } from '../../state/index.ts';
import type { ScheduleView } from './schedule-view.ts';

/** A schedule's name is its own among those of its tenant. */
export interface ScheduleRef {
  /** @default none: a schedule that belongs to no tenant */
  readonly tenant?: string;
}

export interface ScheduleListOptions {
  /** @default the schedules of all tenants, and those of none */
  readonly tenant?: string;
  /**
   * Schedules made at run time on a page, 1 to 1,000. The catalog's come with the first page.
   * @default 100
   */
  readonly limit?: number;
  /** Where the page before ended. */
  readonly cursor?: string;
}

export interface SchedulePage {
  readonly schedules: readonly ScheduleView[];
  /** Items of the page that are not as Millrace writes them: the others stand. */
  readonly unreadable: readonly RecordUnreadableError[];
  /** Where the next page begins; undefined on the last one. */
  readonly cursor: string | undefined;
}

export interface NextOptions extends ScheduleRef {
  /**
   * How many, 1 to 1,000.
   * @default 5
   */
  readonly count?: number;
  /** @default now */
  readonly from?: Date;
}

export interface BackfillOptions extends ScheduleRef {
  /**
   * Says what would be done, and does nothing.
   * @default false
   */
  readonly dryRun?: boolean;
}

/** One firing of a backfill. */
export interface BackfillEntry {
  /** The time that it stands for. */
  readonly at: Date;
  /** Its job's id: the one that the schedule itself gives a tick of this time. */
  readonly id: string;
  /**
   * `made`: its job is on its way, or would be; `waiting`: its job waits for the one before it; `exists`: it had a job
   * already; `full`: as many wait as may.
   */
  readonly result: 'made' | 'waiting' | 'exists' | 'full';
}
