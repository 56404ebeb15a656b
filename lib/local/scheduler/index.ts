// In:       HTTP requests of an unmodified AWS SDK client for EventBridge Scheduler; an SQS endpoint; a way to invoke functions.
// Out:      answers in Scheduler's words; messages and invocations when schedules are due; what failed, to the dead-letter queue.
// Promises: AWS's calendar, validation and retry rules; time is a clock's and can be moved; nothing is left when it is disposed.
//
// startScheduler({ sqsEndpoint, region, account?, clock?, chance?, invokeFunction?, onEvent? }): Promise<LocalScheduler>
//   endpoint              for `new SchedulerClient({ endpoint })` or AWS_ENDPOINT_URL_SCHEDULER
//   now()                 milliseconds since the epoch by the scheduler's time
//   advance(ms)           moves its time on; everything due on the way fires in order, at its own moment
//   asked()               what its schedules need of IAM, by the roles that they name
//   settled()             resolves when no delivery is under way
//   [Symbol.asyncDispose] ends the server and what waits
// With a clock of the test's own (now, after), moving that clock fires schedules as well; then await settled().

export type { Asked } from './asked.ts';
export type { SchedulerEvent } from './event.ts';
export { Scheduler, type SchedulerAnswer } from './scheduler.ts';
export { type LocalScheduler, type SchedulerOptions, startScheduler } from './start-scheduler.ts';
