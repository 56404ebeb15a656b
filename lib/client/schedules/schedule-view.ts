import {
  type Overlap,
  type Priority,
  type Schedule,
  type TickSource,
  tickSource,
} from '../../contract/index.ts';
import { readJson, type ScheduleRecord, serialOf, tickSourceOf } from '../../state/index.ts';

/** A schedule as it is at one moment. Durations are milliseconds. */
export interface ScheduleView {
  readonly name: string;
  readonly tenant: string | undefined;
  /** `catalog`: deployed with the stack; `client`: made at run time. */
  readonly source: 'catalog' | 'client';
  /** The job type's name. */
  readonly job: string;
  /** `cron(…)` or `rate(…)`. */
  readonly expression: string;
  readonly timeZone: string;
  readonly payload: unknown;
  readonly priority: Priority;
  readonly overlap: Overlap;
  /** 0: none. */
  readonly window: number;
  readonly startAt: Date | undefined;
  readonly endAt: Date | undefined;
  readonly maxAge: number;
  readonly description: string | undefined;
  readonly paused: boolean;
  /** `pending`: EventBridge Scheduler does not have the newest change yet; `refused`: it will not, `problem` says why. */
  readonly state: 'active' | 'pending' | 'refused';
  readonly problem: string | undefined;
  /** Undefined where the stack made it. */
  readonly createdAt: Date | undefined;
  readonly updatedAt: Date | undefined;
}

/** What a put left. */
export interface PutSchedule {
  readonly schedule: ScheduleView;
  /** False: it stood like this already, and nothing was written. */
  readonly changed: boolean;
}

/** A schedule by either way, and what its ticks carry. */
export interface Found {
  readonly view: ScheduleView;
  readonly source: TickSource;
  /** The definition at run time; undefined: the stack's. */
  readonly record?: ScheduleRecord;
}

export function ofCatalog(schedule: Schedule, paused: boolean): Found {
  const { name, tenant, job, expression, timeZone, payload, priority, overlap, window, maxAge } = schedule;
  const view: ScheduleView = {
    ...{ name, tenant, source: 'catalog', job: job.name, expression, timeZone, payload, priority, overlap },
    ...{ window, maxAge, description: schedule.description, paused, state: 'active', problem: undefined },
    startAt: date(schedule.startAt),
    endAt: date(schedule.endAt),
    createdAt: undefined,
    updatedAt: undefined,
  };
  return { view, source: tickSource(schedule) };
}

/** @throws {RecordUnreadableError} what is kept as the payload is not JSON */
export function ofRecord(record: ScheduleRecord): Found & { readonly record: ScheduleRecord } {
  const { name, tenant, type, expression, timeZone, priority, overlap, window, maxAge, problem } = record;
  const view: ScheduleView = {
    ...{ name, tenant, source: 'client', job: type, expression, timeZone, priority, overlap, window, maxAge },
    payload: readJson({ id: serialOf(record), name: 'payload', json: record.payload }),
    description: record.description,
    paused: record.paused ?? false,
    state: stateOf(record),
    problem,
    startAt: date(record.startAt),
    endAt: date(record.endAt),
    createdAt: date(record.createdAt),
    updatedAt: date(record.updatedAt),
  };
  return { view, record, source: tickSourceOf(record) };
}

function stateOf({ out, problem }: ScheduleRecord): ScheduleView['state'] {
  if (out !== undefined) return 'pending';
  return problem === undefined ? 'active' : 'refused';
}

function date(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}
