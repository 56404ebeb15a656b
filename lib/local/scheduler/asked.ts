import type { Schedule } from './schedule.ts';
import { targetKind } from './target-arn.ts';

/** What Scheduler has to be allowed to do for a schedule, by the role that the schedule names. */
export interface Asked {
  readonly roleArn: string;
  readonly action: 'sqs:SendMessage' | 'lambda:InvokeFunction';
  /** ARN of the queue or the function. */
  readonly resource: string;
}

/** Everything that was ever asked, each thing once: schedules come and go, what they need does not. */
export class AskedOnce {
  readonly #all = new Map<string, Asked>();

  add(schedule: Schedule): void {
    for (const asked of askedBy(schedule)) this.#all.set(JSON.stringify(asked), asked);
  }

  list(): Asked[] {
    return [...this.#all.values()];
  }
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role */
function askedBy({ arn, settings: { Target } }: Schedule): Asked[] {
  const { RoleArn: roleArn, DeadLetterConfig: { Arn: deadLetters } = {} } = Target;
  const asked: Asked[] = [];
  if (targetKind(Target.Arn) === 'function') {
    asked.push({ roleArn, action: 'lambda:InvokeFunction', resource: Target.Arn });
  } else {
    const resource = targetKind(Target.Arn) === 'queue' ? Target.Arn : queueOf(arn, Target.Input);
    asked.push({ roleArn, action: 'sqs:SendMessage', resource });
  }
  if (deadLetters !== undefined) asked.push({ roleArn, action: 'sqs:SendMessage', resource: deadLetters });
  return asked;
}

/** The queue that a universal target's request names by its URL; it is of the schedule's own account and Region. */
function queueOf(scheduleArn: string, input: string | undefined): string {
  const [, partition, , region, account] = scheduleArn.split(':');
  const { QueueUrl: url } = JSON.parse(input ?? '{}') as { QueueUrl?: unknown };
  return `arn:${partition}:sqs:${region}:${account}:${String(url).split('/').at(-1)}`;
}
