// In:       ticks of schedules; definitions of schedules that are made at run time.
// Out:      the records of their jobs, born in the outbox or waiting for their turn; the definitions as they are.
// Promises: a tick makes one job or none; jobs that may not overlap do not; no decision is made twice by the same state.
export {
  type AcceptTick,
  acceptTick,
  type TickDeps,
  type TickDrop,
  type TickOutcome,
} from './accept-tick.ts';
export {
  DEFINITION,
  PROGRESS,
  SCHEDULE_SHARDS,
  type ScheduleKey,
  scheduleOfDefinition,
  scheduleOfProgress,
  scheduleOfSerial,
  serialOf,
  shardOf,
} from './keys.ts';
export { readableJob } from './readable-job.ts';
export { releaseNext } from './release-next.ts';
export { reportTick } from './report-tick.ts';
export { ScheduleBusyError } from './schedule-busy-error.ts';
export {
  readSchedule,
  type ScheduleDefinition,
  type ScheduleRecord,
  sameDefinition,
  scheduleItem,
  tickSourceOf,
} from './schedule-record.ts';
export { ScheduleTable } from './schedule-table.ts';
