import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import {
  DEFAULTS,
  digest,
  type Envelope,
  LIMITS,
  type QueueUrls,
  ResourceMismatchError,
  resourceError,
  writeEnvelope,
} from '../contract/index.ts';
import { queueUrl } from './queues.ts';

/** The dispatch that a one-time schedule carries. */
export type Scheduled = Pick<Envelope, 'id' | 'gen' | 'dispatch'>;

export interface OneTimeSchedulesOptions {
  readonly client: SchedulerClient;
  readonly queues: QueueUrls;
  /** The name of the schedules' group. */
  readonly group: string;
  /** The ARN of the role that EventBridge Scheduler sends by. */
  readonly role: string;
  /** The ARN of the queue for what it could not send. */
  readonly deadLetters: string;
}

/** What takes dispatches that are too far away for a message: each stands on a schedule of its own until it is due. */
export class OneTimeSchedules {
  readonly #client: SchedulerClient;
  readonly #queues: QueueUrls;
  readonly #options: Omit<OneTimeSchedulesOptions, 'client' | 'queues'>;

  constructor({ client, queues, ...options }: OneTimeSchedulesOptions) {
    this.#client = client;
    this.#queues = queues;
    this.#options = options;
  }

  /** Whether the envelope fits a schedule with its payload. */
  fits(envelope: Envelope): boolean {
    return Buffer.byteLength(this.#input(envelope)) <= LIMITS.scheduleInputBytes;
  }

  /**
   * Has EventBridge Scheduler send the envelope when it is due: at the next whole second, or up to a minute later. The
   * schedule deletes itself then. One that exists already is the same one: a dispatch's number is its own.
   *
   * @throws {ResourceMissingError | ResourceMismatchError | PermissionError | InvalidOptionError} wrong configuration
   */
  async create(envelope: Envelope): Promise<void> {
    const { group, role, deadLetters } = this.#options;
    const Name = scheduleName(envelope);
    try {
      await this.#client.send(
        new CreateScheduleCommand({
          ...{ Name, GroupName: group, ClientToken: Name },
          ...{ ScheduleExpression: at(envelope.runAt), ScheduleExpressionTimezone: 'UTC' },
          ...{ FlexibleTimeWindow: { Mode: 'OFF' }, ActionAfterCompletion: 'DELETE' },
          Target: {
            ...{ Arn: sendMessageTarget(role), RoleArn: role, Input: this.#input(envelope) },
            DeadLetterConfig: { Arn: deadLetters },
            RetryPolicy: {
              MaximumEventAgeInSeconds: DEFAULTS.scheduleEventAge / 1000,
              MaximumRetryAttempts: LIMITS.scheduleRetries,
            },
          },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConflictException)) throw await this.#readable(error);
    }
  }

  /** Deletes the schedule of a dispatch, where it still stands. */
  async delete(dispatch: Scheduled): Promise<void> {
    const Name = scheduleName(dispatch);
    try {
      await this.#client.send(new DeleteScheduleCommand({ Name, GroupName: this.#options.group }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw await this.#readable(error);
    }
  }

  #input(envelope: Envelope): string {
    return targetInput({
      QueueUrl: queueUrl(this.#queues, envelope),
      MessageBody: writeEnvelope(envelope),
      MessageGroupId: envelope.tenant,
    });
  }

  async #readable(cause: unknown): Promise<unknown> {
    const { group, role } = this.#options;
    const invalid = cause instanceof Error && cause.name === 'ValidationException';
    if (invalid && /\brole\b/i.test(cause.message)) {
      const expected = 'a role that EventBridge Scheduler may assume, made by the Millrace stack';
      return new ResourceMismatchError({ resource: 'role of the schedules', name: role, expected, cause });
    }
    const region = await this.#client.config.region();
    return resourceError(cause, { resource: 'schedule group', name: group, region, caller: 'millrace' });
  }
}

/** Of each dispatch its own, and of each the same: within what a name may have (CreateSchedule, API reference). */
export function scheduleName({ id, gen, dispatch }: Scheduled): string {
  return digest(JSON.stringify([id, gen, dispatch]));
}

/** What the universal target `aws-sdk:sqs:sendMessage` is given. */
interface TargetInput {
  readonly QueueUrl: string;
  readonly MessageBody: string;
  readonly MessageGroupId?: string | undefined;
}

/** Scheduler puts values in the place of `<aws.scheduler.scheduled-time>` and others, wherever they stand in an Input. */
const PLACEHOLDER = /<(?=aws\.scheduler\.)/g;

/** A payload that looks like a placeholder stays as it is: the message is JSON, and so is what carries it. */
function targetInput({ MessageBody, ...rest }: TargetInput): string {
  const escaped = MessageBody.replace(PLACEHOLDER, '\\u003c');
  return JSON.stringify({ ...rest, MessageBody: escaped }).replace(PLACEHOLDER, '\\u003c');
}

/** Scheduler's expressions have no fractions of a second; a job is never due before its time. */
function at(runAt: number): string {
  const time = new Date(Math.ceil(runAt / 1000) * 1000).toISOString();
  return `at(${time.slice(0, -'.000Z'.length)})`;
}

/** When a one-time schedule fires, by its expression; undefined: that is none of ours. */
export function firesAt(expression: string): Date | undefined {
  const [, time] = /^at\((.+)\)$/.exec(expression) ?? [];
  const at = new Date(`${time}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** In the partition of the role: `aws`, `aws-cn`, … */
export function sendMessageTarget(role: string): string {
  return `arn:${role.split(':')[1]}:scheduler:::aws-sdk:sqs:sendMessage`;
}

/**
 * The message in what EventBridge Scheduler could not send: its dead-letter queue gets the target's Input. Undefined: the
 * body is no such thing.
 */
export function unsentMessage(body: string): string | undefined {
  let input: unknown;
  try {
    input = JSON.parse(body);
  } catch {
    // Not ours to judge: whoever reads the body itself says what is wrong with it.
    return undefined;
  }
  if (typeof input !== 'object' || input === null) return undefined;
  const { QueueUrl, MessageBody } = input as { QueueUrl?: unknown; MessageBody?: unknown };
  return typeof QueueUrl === 'string' && typeof MessageBody === 'string' ? MessageBody : undefined;
}
