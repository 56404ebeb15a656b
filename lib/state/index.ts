// In:       conditional writes, as rows of the transition table; ids to read.
// Out:      the job table's records, or the record that a failed condition met.
// Promises: every write to a state item is one row of the table in transitions.ts; a lost response is recognised, not repeated.
export { type AttemptValues, attemptItem, type FailedAttempt, readAttempt } from './attempt-item.ts';
export {
  type Claim,
  type Claimant,
  type ClaimDecision,
  claimWrite,
  decideClaim,
  type FirstClaim,
  firstClaimWrite,
} from './claim.ts';
export { DEAD_INDEX, DeadIndex } from './dead-index.ts';
export { deathOf, endingLine, endingOf, type JobEnding } from './ending.ts';
export { envelopeOf, readJson, referenceOf } from './envelope-of.ts';
export { summarise } from './error-summary.ts';
export { type ExplainedWrite, type Explanation, explain, type JobEvent, readEvent } from './event-item.ts';
export { RecordUnreadableError } from './fields.ts';
export { hopWait } from './hop-wait.ts';
export { fitsOneWriteUnit, itemBytes } from './item-size.ts';
export { JobLostError } from './job-lost-error.ts';
export {
  type BatchResult,
  type CreateResult,
  type ExplainedResult,
  JobTable,
  type NewRecord,
  type WriteResult,
} from './job-table.ts';
export { lastSign } from './last-sign.ts';
export type { Next } from './next-dispatch.ts';
export {
  canRedrive,
  markWrite,
  maybeUnsent,
  maybeUnstored,
  redispatchWrite,
  redriveWrite,
} from './outbox.ts';
export {
  type QuarantinedMessage,
  quarantineItems,
  quarantineKey,
  readQuarantined,
  readWholeQuarantined,
} from './quarantine.ts';
export {
  type ErrorSummary,
  type Item,
  isPayloadKey,
  type JobRecord,
  partitionKey,
  readRecord,
  STATE,
  stateItem,
  toItem,
} from './record.ts';
export { type NewPayload, replacePayload } from './replace-payload.ts';
export {
  type AcceptTick,
  acceptTick,
  DEFINITION,
  PROGRESS,
  readableJob,
  readSchedule,
  releaseNext,
  reportTick,
  SCHEDULE_SHARDS,
  ScheduleBusyError,
  type ScheduleDefinition,
  type ScheduleKey,
  type ScheduleRecord,
  ScheduleTable,
  sameDefinition,
  scheduleItem,
  scheduleOfDefinition,
  scheduleOfProgress,
  scheduleOfSerial,
  serialOf,
  shardOf,
  type TickDeps,
  type TickDrop,
  type TickOutcome,
  tickSourceOf,
} from './schedules/index.ts';
export {
  buryWrite,
  cancelWrite,
  type DeadKind,
  deadShard,
  deferWrite,
  dieWrite,
  expireWrite,
  type Held,
  heartbeatWrite,
  releaseWrite,
  requestCancelWrite,
  retryWrite,
  settleCancelledWrite,
  snoozeWrite,
  succeedWrite,
} from './settle.ts';
export { TABLE_SHAPE } from './table-shape.ts';
export {
  allows,
  type Event,
  everyTriple,
  type From,
  IllegalTransitionError,
  TRANSITIONS,
} from './transitions.ts';
export { unknownSince } from './unknown-since.ts';
export { WATCH_INDEX, WatchIndex, watchedUntil } from './watch-index.ts';
export { toStatement, toUpdate, transition, type Write } from './write.ts';
