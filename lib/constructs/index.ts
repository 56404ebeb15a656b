// In:       the application's catalog, the worker's entry of each pool, and what differs from the defaults.
// Out:      the stack of section 6 of the design, grants and environment for producers, metrics, alarms, outputs.
// Promises: what would lose or delay jobs once deployed is an error at synth; least privilege; no custom resources.

export { OUTPUTS } from '../contract/index.ts';
export { Alarms, type AlarmsProps } from './alarms.ts';
export type { IMillrace } from './connect.ts';
export { ALARM_DEFAULTS, AWS_LIMITS, RESERVATIONS_CONTEXT, STACK_DEFAULTS } from './defaults.ts';
export type { MillraceAttributes } from './imported.ts';
export { JobQueues } from './job-queues.ts';
export { JobTable } from './job-table.ts';
export { Lifecycle } from './lifecycle.ts';
export { METRIC_NAMES, type QueueSelector } from './metrics.ts';
export { Millrace } from './millrace.ts';
export type { MillraceProps } from './millrace-props.ts';
export { Pool } from './pool.ts';
export type { PoolProps, PriorityProps } from './pool-props.ts';
export { PriorityQueue } from './priority-queue.ts';
export { Recorder } from './recorder.ts';
export { type StackRule, StackRuleError } from './rules/index.ts';
export { type ScheduleGroup, Scheduler } from './scheduler.ts';
