// In:       a catalog and its handlers, or one of them; what a test has happen, and how much time it lets pass.
// Out:      what became of the jobs, or of the one attempt; a time that only the test moves.
// Promises: the code that runs is the one that is deployed; the same seed gives the same run; nothing is left behind.
export type { AttemptOutcome } from './attempt-outcome.ts';
export { createTestMillrace, type TestMillrace, type TestMillraceOptions } from './create-test-millrace.ts';
export { DisposedError, HandlerStuckError, NotDrainedError, type UnfinishedJob } from './errors.ts';
export type { LogLine } from './logs.ts';
export type { AdvanceOptions, DrainOptions } from './passing.ts';
export { type JobRun, type RunJobOptions, type RunJobOptionsOfVersion, runJob } from './run-job.ts';
