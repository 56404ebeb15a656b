// In:       declarations of jobs, options of calls, message bodies, environment variables, as their authors wrote them.
// Out:      the same, checked and typed, or a typed error that says what to change.
// Promises: no AWS, no I/O, nothing imported from the rest of Millrace; no side reads the clock or chance but through here.
export { checkTimeZone, type Expression, firings, parseExpression } from './calendar/index.ts';
export { CALL_LIMITS, SHORT_CALL_LIMITS } from './call-limits.ts';
export {
  type Catalog,
  type CatalogOptions,
  defineCatalog,
  type JobIn,
  type JobName,
  type JobOf,
  lookUp,
  type PoolName,
  type ScheduleName,
} from './catalog.ts';
export type { Tags } from './checks.ts';
export {
  checkBy,
  checkCorrelationId,
  checkIdempotencyKey,
  checkPriority,
  checkTags,
  checkTenant,
  checkWhy,
} from './checks.ts';
export { type Clock, sleep, systemClock } from './clock.ts';
export { type DeadlineInput, deadlineOf } from './deadline.ts';
export { DEFAULTS } from './defaults.ts';
export { type DurationInput, isDuration, milliseconds } from './duration.ts';
export {
  ENVELOPE_VERSION,
  type Envelope,
  EnvelopeUnreadableError,
  REFERENCE_VERSION,
  readEnvelope,
  writeEnvelope,
} from './envelope.ts';
export {
  ENV,
  type Environment,
  type EventSources,
  FUNCTION_ENVIRONMENT,
  type FunctionKind,
  OUTPUTS,
  type QueueUrls,
  readEnvironment,
  readRetentions,
} from './environment.ts';
export { type ErrorContext, MillraceError, type MillraceErrorOptions } from './errors.ts';
export { isFar } from './far.ts';
export { type Chance, digest, keyedId, systemChance } from './ids.ts';
export {
  CatalogError,
  EnvironmentError,
  InvalidOptionError,
  PayloadInvalidError,
  type PayloadIssue,
  PayloadTooLargeError,
  UnknownJobError,
} from './input-errors.ts';
export {
  defineJob,
  type JobInput,
  type JobOptions,
  type JobPayload,
  type JobResult,
  type JobType,
} from './job.ts';
export { checkLevels, levelsOf } from './levels.ts';
export { LIMITS, TENANT_PATTERN } from './limits.ts';
export { Fail, type Outcome, outcomeOfThrown, Retry, Snooze } from './outcome.ts';
export { isPriority, PRIORITIES, type Priority } from './priority.ts';
export {
  PermissionError,
  RegionMismatchError,
  ResourceMismatchError,
  ResourceMissingError,
  resourceError,
} from './resource-errors.ts';
export { backoff, type RetryOptions, type RetryPolicy } from './retry-policy.ts';
export {
  defineSchedule,
  OVERLAPS,
  type Overlap,
  type Schedule,
  type ScheduleOptions,
} from './schedule.ts';
export type { Schema } from './schema.ts';
export { parseNow, parseWith } from './schema.ts';
export {
  ENDED,
  type EndedStatus,
  isEnded,
  isWaiting,
  STATUSES,
  type Status,
  WAITING,
  type WaitingStatus,
} from './states.ts';
export { describeThrown, textOf } from './thrown.ts';
export {
  readTick,
  TICK_VERSION,
  type Tick,
  type TickSource,
  TickUnreadableError,
  tickId,
  tickInput,
  tickSource,
  writeTick,
} from './tick.ts';
export { type TimeInput, timeOf } from './time.ts';
export { isNetworkError, isTransient } from './transient.ts';
export { upcast } from './upcast.ts';
