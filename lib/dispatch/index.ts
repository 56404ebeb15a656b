// In:       envelopes whose dispatch is recorded, and the queues of the stack.
// Out:      messages on the queue of the pool and priority, delayed until due; one-time schedules of what is due later.
// Promises: a result for each envelope; nothing is said to be sent that SQS did not take.
export { createSqsClient, Dispatcher, SendFailedError } from './dispatcher.ts';
export {
  firesAt,
  OneTimeSchedules,
  type OneTimeSchedulesOptions,
  type Scheduled,
  scheduleName,
  unsentMessage,
} from './one-time-schedules.ts';
export { checkRegion } from './queues.ts';
export {
  type Recurring,
  RecurringSchedules,
  recurringName,
  ScheduleRefusedError,
} from './recurring-schedules.ts';
export { queueUrlOf, type Received, Visibility } from './visibility.ts';
