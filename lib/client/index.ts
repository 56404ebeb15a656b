// In:       a catalog, where the stack is, and what the application wants done.
// Out:      accepted jobs, their records, their results; a typed error for whatever cannot be.
// Promises: once an enqueue resolves, the job is recorded and on its way, or in the outbox; bad input writes nothing.
export { RecordUnreadableError } from '../state/index.ts';
export { type Accountable, checkAccountable } from './accountable.ts';
export type { CancelResult } from './cancel.ts';
export type { DeadFilter } from './dead-filter.ts';
export type { IdResult } from './each-id.ts';
export {
  AlreadyEndedError,
  EnqueueFailedError,
  IdempotencyConflictError,
  JobNotFoundError,
  MovedOnError,
  NotRedrivableError,
  OperationFailedError,
  PatchRefusedError,
  PayloadNotStoredError,
  WaitTimeoutError,
} from './errors.ts';
export type { HistoryEntry } from './history.ts';
export { type EndedJob, type JobView, type ResultOf, view as jobView } from './job-view.ts';
export type { ListedJob, ListedRedriveOptions } from './listed.ts';
export type { MergePatch } from './merge-patch.ts';
export { type ClientOptions, type ListOptions, MillraceClient, type WaitOptions } from './millrace-client.ts';
export type { EnqueuedJob, EnqueueEntry, EnqueueOptions, EnqueueResult } from './options.ts';
export type { JobPage, QuarantinePage } from './pages.ts';
export type { PayloadPatch } from './patch-payload.ts';
export type { RedriveOptions } from './redrive.ts';
export {
  type BackfillEntry,
  type BackfillOptions,
  type NextOptions,
  type PutSchedule,
  ScheduleClient,
  ScheduleExistsError,
  ScheduleFixedError,
  type ScheduleListOptions,
  ScheduleNotFoundError,
  type SchedulePage,
  ScheduleQuotaError,
  type ScheduleRef,
  type ScheduleView,
  TickRefusedError,
} from './schedules/index.ts';
