import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  ServiceQuotaExceededException,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import {
  DEFAULTS,
  digest,
  LIMITS,
  MillraceError,
  type QueueUrls,
  resourceError,
  type TickSource,
  tickInput,
} from '../contract/index.ts';
import { type OneTimeSchedulesOptions, sendMessageTarget } from './one-time-schedules.ts';
import { queueUrl } from './queues.ts';

/** A schedule as EventBridge Scheduler is to have it. Times are milliseconds since the epoch, durations milliseconds. */
export interface Recurring {
  readonly expression: string;
  readonly timeZone: string;
  /** 0: none. */
  readonly window: number;
  readonly startAt?: number;
  readonly endAt?: number;
  readonly enabled: boolean;
  readonly description?: string;
  readonly source: TickSource;
  /** Of each revision its own: makes its creation idempotent. */
  readonly token: string;
}

type Owner = Pick<TickSource, 'schedule' | 'tenant'>;

/** EventBridge Scheduler will not have the schedule as it is: trying again is no use. */
export class ScheduleRefusedError extends MillraceError {
  static override readonly errorName: string = 'ScheduleRefusedError';
  override readonly code: string = 'SCHEDULE_REFUSED';

  constructor({ name, cause }: { name: string; cause: Error }) {
    super({
      what: `EventBridge Scheduler refuses the schedule '${name}'`,
      got: `${cause.name}: ${cause.message}`,
      fix: 'correct the schedule by putting it again; for a quota, delete schedules or ask AWS for more',
      context: { name },
      cause,
    });
  }
}

/** The schedules that are made at run time, in a group of their own. */
export class RecurringSchedules {
  readonly #client: SchedulerClient;
  readonly #queues: QueueUrls;
  readonly #options: Omit<OneTimeSchedulesOptions, 'client' | 'queues'>;

  constructor({ client, queues, ...options }: OneTimeSchedulesOptions) {
    this.#client = client;
    this.#queues = queues;
    this.#options = options;
  }

  /**
   * Has it stand as given, whether or not it stood before.
   *
   * @throws {ScheduleRefusedError} EventBridge Scheduler will not have it so
   * @throws {ResourceMissingError | PermissionError | InvalidOptionError} wrong configuration
   */
  async put(schedule: Recurring): Promise<void> {
    const input = this.#request(schedule);
    try {
      if ((await this.#update(input)) || (await this.#create(input, schedule))) return;
      // Made by another between the two.
      await this.#client.send(new UpdateScheduleCommand(input));
    } catch (error) {
      if (error instanceof ValidationException || error instanceof ServiceQuotaExceededException)
        throw new ScheduleRefusedError({ name: schedule.source.schedule, cause: error });
      throw await this.#readable(error);
    }
  }

  /** Deletes it, where it still stands. */
  async delete(owner: Owner): Promise<void> {
    try {
      const Name = recurringName(owner);
      await this.#client.send(new DeleteScheduleCommand({ Name, GroupName: this.#options.group }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw await this.#readable(error);
    }
  }

  /** False: there is none. */
  async #update(input: CreateScheduleCommandInput): Promise<boolean> {
    try {
      await this.#client.send(new UpdateScheduleCommand(input));
      return true;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return false;
      throw error;
    }
  }

  /** False: there is one. */
  async #create(input: CreateScheduleCommandInput, { token }: Recurring): Promise<boolean> {
    try {
      await this.#client.send(new CreateScheduleCommand({ ...input, ClientToken: token }));
      return true;
    } catch (error) {
      if (error instanceof ConflictException) return false;
      throw error;
    }
  }

  #request(schedule: Recurring): CreateScheduleCommandInput {
    const { group, role, deadLetters } = this.#options;
    const { source, window, startAt, endAt } = schedule;
    return {
      ...{ Name: recurringName(source), GroupName: group, Description: schedule.description },
      ScheduleExpression: schedule.expression,
      ScheduleExpressionTimezone: schedule.timeZone,
      State: schedule.enabled ? 'ENABLED' : 'DISABLED',
      StartDate: startAt === undefined ? undefined : new Date(startAt),
      EndDate: endAt === undefined ? undefined : new Date(endAt),
      FlexibleTimeWindow:
        window === 0 ? { Mode: 'OFF' } : { Mode: 'FLEXIBLE', MaximumWindowInMinutes: window / 60_000 },
      Target: {
        Arn: sendMessageTarget(role),
        RoleArn: role,
        Input: tickInput({ queueUrl: queueUrl(this.#queues, source.job), ...source }),
        DeadLetterConfig: { Arn: deadLetters },
        RetryPolicy: {
          // A tick that would come too late to make a job need not come.
          MaximumEventAgeInSeconds: Math.min(
            Math.ceil(source.maxAge / 1000),
            DEFAULTS.scheduleEventAge / 1000,
          ),
          MaximumRetryAttempts: LIMITS.scheduleRetries,
        },
      },
    };
  }

  async #readable(cause: unknown): Promise<unknown> {
    const region = await this.#client.config.region();
    const { group: name } = this.#options;
    return resourceError(cause, { resource: 'schedule group', name, region, caller: 'millrace' });
  }
}

/** Of a tenant and a name always the same, and of no two of them: within what a name may have (CreateSchedule). */
export function recurringName({ schedule, tenant }: Owner): string {
  return digest(JSON.stringify([tenant ?? null, schedule]));
}
