import { Annotations } from 'aws-cdk-lib';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { LIMITS, type Schedule, systemClock, tickInput, tickSource } from '../contract/index.ts';
import { AWS_LIMITS } from './defaults.ts';
import type { JobQueues } from './job-queues.ts';
import { checkFires, checkPayload, StackRuleError } from './rules/index.ts';
import type { Scheduler } from './scheduler.ts';

export interface DeclaredSchedulesProps {
  /** The catalog's. */
  readonly schedules: readonly Schedule[];
  readonly queues: JobQueues;
  readonly scheduler: Scheduler;
}

/** The schedules of the catalog: each sends its ticks to the queue of its job type's pool and its priority. */
export class DeclaredSchedules extends Construct {
  constructor(scope: Construct, id: string, { schedules, queues, scheduler }: DeclaredSchedulesProps) {
    super(scope, id);
    const now = systemClock.now();
    for (const schedule of schedules) {
      checkPayload(schedule);
      if (checkFires(schedule, now) === 'ahead') this.#add(schedule, { queues, scheduler, now });
      else this.#tellOver(schedule);
    }
  }

  #add(schedule: Schedule, options: { queues: JobQueues; scheduler: Scheduler; now: number }): void {
    const { name, description, expression, timeZone, window, endAt, maxAge, job, priority } = schedule;
    const { scheduler } = options;
    const queueUrl = urlOf(options.queues, { pool: job.pool, priority });
    new CfnSchedule(this, name, {
      description: description ?? `Makes jobs of the type ${job.name}: the schedule ${name}`,
      groupName: scheduler.declared.name,
      scheduleExpression: expression,
      scheduleExpressionTimezone: timeZone,
      startDate: this.#startOf(schedule, options.now),
      endDate: endAt === undefined ? undefined : new Date(endAt).toISOString(),
      flexibleTimeWindow:
        window > 0 ? { mode: 'FLEXIBLE', maximumWindowInMinutes: window / 60_000 } : { mode: 'OFF' },
      target: {
        arn: scheduler.sendMessageArn,
        roleArn: scheduler.role.roleArn,
        input: tickInput({ ...tickSource(schedule), queueUrl }),
        deadLetterConfig: { arn: scheduler.deadLetters.queueArn },
        retryPolicy: {
          // No longer than the tick is of use.
          maximumEventAgeInSeconds: Math.min(Math.floor(maxAge / 1_000), AWS_LIMITS.maxEventAge),
          maximumRetryAttempts: LIMITS.scheduleRetries,
        },
      },
    });
  }

  /** EventBridge Scheduler refuses a start that lies over five minutes back. A cron does without it by then. */
  #startOf({ name, startAt, expression }: Schedule, now: number): string | undefined {
    if (startAt === undefined) return undefined;
    if (startAt > now) return new Date(startAt).toISOString();
    if (expression.startsWith('rate')) {
      const text =
        `The schedule '${name}' began at ${new Date(startAt).toISOString()}, and EventBridge Scheduler takes no start ` +
        'that has passed: from the next deployment on its rate is counted from that. Write it as a cron to keep its times.';
      Annotations.of(this).addWarningV2(`millrace:schedule-began:${name}`, text);
    }
    return undefined;
  }

  #tellOver({ name, endAt, expression }: Schedule): void {
    const when = endAt === undefined ? expression : new Date(endAt).toISOString();
    const text = `The schedule '${name}' is over (${when}) and is left out of the stack: remove it from the catalog.`;
    Annotations.of(this).addWarningV2(`millrace:schedule-over:${name}`, text);
  }
}

function urlOf(queues: JobQueues, where: Parameters<JobQueues['find']>[0]): string {
  const found = queues.find(where);
  if (found) return found.queue.queueUrl;
  throw new StackRuleError({
    rule: 'pool-missing',
    what: `A schedule makes jobs of the pool '${where.pool}', which the stack does not have`,
    got: `'${where.pool}'`,
    expected: 'a pool of the stack',
    fix: 'name the pool in the props of Millrace',
  });
}
