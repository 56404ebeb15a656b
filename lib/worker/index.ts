// In:       batches of messages from an SQS event source; the handlers of a catalog's job types.
// Out:      executed jobs, their outcomes in the job table, their next dispatches on the wire; the messages to keep.
// Promises: a handler runs only under a lease; only its holder writes the outcome; a message is acknowledged for a reason.
export { JobLostError } from '../state/index.ts';
export { createWorker, type WorkerHandler, type WorkerOptions } from './create-worker.ts';
export {
  AttemptTimeoutError,
  CancelRequestedError,
  DeadlinePassedError,
  LeaseLostError,
  ResultInvalidError,
  SchemaThrewError,
} from './errors.ts';
/** @internal for millrace/testing */
export { execute } from './execute.ts';
export type { Handler, Handlers, JobContext } from './handler.ts';
/** @internal for millrace/testing */
export { dueAfterSnooze, nextAttempt } from './next-attempt.ts';
