import type { Schedule } from './schedule.ts';

/** One time that a schedule is due. */
export interface Occurrence {
  readonly schedule: Schedule;
  /** The time that the calendar gives it, in milliseconds since the epoch. */
  readonly scheduledAt: number;
}

/** As AWS writes times in events: to the second, UTC. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/**
 * The input with its context attributes filled in; what AWS sends when there is none, otherwise.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export function inputOf(
  { schedule, scheduledAt }: Occurrence,
  { attempt, executionId }: { attempt: number; executionId: string },
): string {
  const { Input: input } = schedule.settings.Target;
  const time = timeText(scheduledAt);
  if (input === undefined) return defaultEvent(schedule.arn, { time, executionId });
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', schedule.arn)
    .replaceAll('<aws.scheduler.scheduled-time>', time)
    .replaceAll('<aws.scheduler.execution-id>', executionId)
    .replaceAll('<aws.scheduler.attempt-number>', String(attempt));
}

function defaultEvent(arn: string, { time, executionId }: { time: string; executionId: string }): string {
  const [, , , region, account] = arn.split(':');
  return JSON.stringify({
    version: '0',
    id: executionId,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account,
    time,
    region,
    resources: [arn],
    detail: '{}',
  });
}
