import { CreateScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { type Catalog, LIMITS, type Schedule, tickInput, tickSource } from '../contract/index.ts';
import type { StackQueues } from './pool-queues.ts';
import { ACCOUNT } from './test-queue.ts';
import { GROUPS } from './test-scheduler.ts';

/** The role that schedules send by; nothing asks for it here. */
export const SCHEDULER_ROLE = `arn:aws:iam::${ACCOUNT}:role/scheduler`;

/** Makes the catalog's schedules, as the stack does when it is deployed. `now`: milliseconds since the epoch. */
export async function declareSchedules(
  { schedules }: Catalog,
  options: { client: SchedulerClient; queues: StackQueues; now: number },
): Promise<void> {
  for (const schedule of schedules) {
    // What is over is left out of a stack.
    if (schedule.endAt !== undefined && schedule.endAt <= options.now) continue;
    await options.client.send(new CreateScheduleCommand(requestFor(schedule, options)));
  }
}

/** What CreateSchedule is asked for a schedule of the catalog. */
export function requestFor(schedule: Schedule, { queues, now }: { queues: StackQueues; now: number }) {
  const { name, expression, timeZone, window, startAt, endAt, maxAge, job, priority } = schedule;
  const queueUrl = queues.urls[job.pool]?.[priority] ?? '';
  return {
    ...{ Name: name, GroupName: GROUPS.declared, State: 'ENABLED' as const },
    ...{ ScheduleExpression: expression, ScheduleExpressionTimezone: timeZone },
    // One that has begun begins with the deployment.
    StartDate: startAt !== undefined && startAt > now ? new Date(startAt) : undefined,
    EndDate: endAt === undefined ? undefined : new Date(endAt),
    FlexibleTimeWindow:
      window > 0
        ? { Mode: 'FLEXIBLE' as const, MaximumWindowInMinutes: window / 60_000 }
        : { Mode: 'OFF' as const },
    Target: {
      ...{ Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', RoleArn: SCHEDULER_ROLE },
      Input: tickInput({ ...tickSource(schedule), queueUrl }),
      DeadLetterConfig: { Arn: queues.schedulerDeadLetters.arn },
      RetryPolicy: {
        // No longer than the tick is of use, within what AWS takes.
        MaximumEventAgeInSeconds: Math.min(Math.max(Math.floor(maxAge / 1000), 60), 86_400),
        MaximumRetryAttempts: LIMITS.scheduleRetries,
      },
    },
  };
}
