import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { type Chance, describeThrown } from '../../contract/index.ts';
import type { Agenda } from './agenda.ts';
import type { SchedulerEvent } from './event.ts';
import { inputOf, type Occurrence, timeText } from './occurrence.ts';
import type { Targets } from './targets.ts';

/** Where events go. */
export type DeliveryTargets = Pick<Targets, 'send' | 'sendTo'>;

export interface DeliveryDeps {
  readonly agenda: Agenda;
  readonly targets: DeliveryTargets;
  readonly chance: Chance;
  readonly onEvent: (event: SchedulerEvent) => void;
}

interface Attempt {
  /** From 1. */
  readonly number: number;
  /** When the event was first tried: its age counts from there. */
  readonly since: number;
  /** When this try was due. Its own time, not the clock's, so that retries keep their distance when time is moved. */
  readonly at: number;
}

/** AWS says "exponential backoff", no figures: a second, doubled each time, to five minutes. */
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 300_000;

/**
 * Tries an occurrence until its target takes it or its retry policy is exhausted, then hands it to the dead-letter queue.
 * Every refusal is retried: AWS does not say which ones it holds for final.
 *
 * @param ended called once, when no further try will follow
 */
export async function deliver(
  deps: DeliveryDeps,
  { occurrence, attempt, ended }: { occurrence: Occurrence; attempt: Attempt; ended: () => void },
): Promise<void> {
  const { schedule, scheduledAt } = occurrence;
  const executionId = deps.chance.nonce();
  const input = inputOf(occurrence, { attempt: attempt.number, executionId });
  const about = { scheduleArn: schedule.arn, scheduledAt };
  try {
    await deps.targets.send(schedule, input);
  } catch (error) {
    const message = describeThrown(error).message;
    const next = retryOf(occurrence, attempt);
    if (typeof next === 'string') {
      deps.onEvent({ type: 'delivery-failed', ...about, attempt: attempt.number, message });
      await giveUp(deps, { occurrence, attempt, error, input, executionId, exhausted: next });
      ended();
      return;
    }
    deps.onEvent({ type: 'delivery-failed', ...about, attempt: attempt.number, message, retryAt: next.at });
    deps.agenda.at(next.at, () => deliver(deps, { occurrence, attempt: next, ended }));
    return;
  }
  deps.onEvent({ type: 'delivered', ...about, attempt: attempt.number });
  ended();
}

/** The next try, or the name of the limit that leaves none. */
function retryOf({ schedule }: Occurrence, { number, since, at }: Attempt): Attempt | string {
  const { MaximumEventAgeInSeconds: age, MaximumRetryAttempts: retries } =
    schedule.settings.Target.RetryPolicy;
  if (number > retries) return 'MaximumRetryAttempts';
  const next = at + Math.min(FIRST_BACKOFF_MS * 2 ** (number - 1), LONGEST_BACKOFF_MS);
  if (next - since > age * 1000) return 'MaximumEventAgeInSeconds';
  return { number: number + 1, since, at: next };
}

interface Exhausted {
  readonly occurrence: Occurrence;
  readonly attempt: Attempt;
  readonly error: unknown;
  readonly input: string;
  readonly executionId: string;
  readonly exhausted: string;
}

/** @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html, "Retrieve the dead-letter event" */
async function giveUp(deps: DeliveryDeps, given: Exhausted): Promise<void> {
  const { occurrence, attempt, error, input, executionId, exhausted } = given;
  const { schedule, scheduledAt } = occurrence;
  const { Arn: target, DeadLetterConfig: { Arn: deadLetterArn } = {} } = schedule.settings.Target;
  const about = { scheduleArn: schedule.arn, scheduledAt };
  const { name, message } = describeThrown(error);
  if (deadLetterArn === undefined) {
    deps.onEvent({ type: 'given-up', ...about, message });
    return;
  }
  const attributes = {
    ERROR_CODE: codeOf(error) ?? name,
    ERROR_MESSAGE: message || name,
    EXECUTION_ID: executionId,
    EXHAUSTED_RETRY_CONDITION: exhausted,
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: String(attempt.number - 1),
    SCHEDULED_TIME: timeText(scheduledAt),
    SCHEDULE_ARN: schedule.arn,
    TARGET_ARN: target,
  };
  const entries = Object.entries(attributes).map(([key, value]): [string, MessageAttributeValue] => [
    key,
    { DataType: 'String', StringValue: value },
  ]);
  try {
    await deps.targets.sendTo(deadLetterArn, {
      MessageBody: input,
      MessageAttributes: Object.fromEntries(entries),
    });
    deps.onEvent({ type: 'given-up', ...about, deadLetterArn, message });
  } catch (refused) {
    const why = `${message}; and the dead-letter queue refused it: ${describeThrown(refused).message}`;
    deps.onEvent({ type: 'given-up', ...about, message: why });
  }
}

/** SQS's older code (AWS.SimpleQueueService.NonExistentQueue), which AWS's example shows, where the SDK has it. */
function codeOf(error: unknown): string | undefined {
  const { Code: code } = Object(error) as { Code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
