// In:       schedules that an application makes at run time, and names of those and of the catalog's.
// Out:      their definitions in the job table, which the lifecycle function brings about; jobs that are asked for by hand.
// Promises: a put of the same is no change; a tick that is made up for is the job that it would have been.
export {
  ScheduleExistsError,
  ScheduleFixedError,
  ScheduleNotFoundError,
  ScheduleQuotaError,
  TickRefusedError,
} from './errors.ts';
export type {
  BackfillEntry,
  BackfillOptions,
  NextOptions,
  ScheduleListOptions,
  SchedulePage,
  ScheduleRef,
} from './options.ts';
export { ScheduleClient } from './schedule-client.ts';
export type { PutSchedule, ScheduleView } from './schedule-view.ts';
