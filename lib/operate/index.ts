// In:       where the stack is, by its outputs, and what a person who operates it asks for.
// Out:      how queues stand, where a job is; queues drained and resumed; many jobs redriven.
// Promises: what it changes it says whose wish it was; it waits only on conditions, and says what it still waits for.

export type { DrainOptions, DrainProgress } from './drain.ts';
export { DrainTimeoutError, NotConfiguredError, ResumeTimeoutError } from './errors.ts';
export type { FeedState } from './feeds.ts';
export { Operator, type OperatorOptions, type Whereabouts } from './operator.ts';
export type { QueueStatus } from './queue-status.ts';
export type {
  BulkRedriveOptions,
  RedriveProgress,
  RedriveReport,
  RedriveTarget,
  StageReport,
  Stopped,
} from './redrive-options.ts';
export type { ScheduleStatus } from './schedule-status.ts';
export type { QueueSelection } from './select-queues.ts';
export type { Place } from './whereabouts.ts';
