import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { type JobView, jobView, MillraceClient } from '../client/index.ts';
import {
  CALL_LIMITS,
  type Catalog,
  type Chance,
  type Clock,
  type DurationInput,
  defineCatalog,
  ENV,
  type Environment,
  type EventSources,
  isEnded,
  PermissionError,
  type QueueUrls,
  readEnvironment,
  readRetentions,
  systemChance,
  systemClock,
} from '../contract/index.ts';
import { createSqsClient } from '../dispatch/index.ts';
import { type JobRecord, JobTable } from '../state/index.ts';
import { bulkRedrive } from './bulk-redrive.ts';
import { type DrainOptions, drain, type QueueDeps, resume, statusOf } from './drain.ts';
import { Feeds } from './feeds.ts';
import { isScheduled } from './outbox-mark.ts';
import type { QueueStatus } from './queue-status.ts';
import type { BulkRedriveOptions, RedriveReport } from './redrive-options.ts';
import { type OneTimeGroup, type ScheduleStatus, statusOfSchedule } from './schedule-status.ts';
import type { Seen } from './seen.ts';
import { everyQueue, type QueueSelection, selectQueues } from './select-queues.ts';
import { type Told, tell } from './whereabouts.ts';

export interface OperatorOptions<C extends Catalog> {
  /**
   * What patched payloads are checked against; no other verb needs it.
   * @default no job types
   */
  readonly catalog?: C;
  /** The stack output `MillraceTableName`. */
  readonly tableName: string;
  /** The stack output `MillraceQueues`, parsed: pool → priority → queue URL. */
  readonly queues: QueueUrls;
  /**
   * The stack output `MillraceDeadLetterQueues`, parsed.
   * @default none: what lies there is not counted
   */
  readonly deadLetterQueues?: QueueUrls;
  /**
   * The stack output `MillraceEventSources`, parsed.
   * @default none: queues can neither be drained nor resumed
   */
  readonly eventSources?: EventSources;
  /**
   * The stack output `MillraceOneTimeGroup`.
   * @default none: `where` does not look at the schedules of far jobs
   */
  readonly oneTimeGroup?: string;
  /**
   * How long the records of jobs that end by an operator are kept: the stack output `MillraceRetentionSeconds`.
   * @default 30d, the stack's default
   */
  readonly retention?: DurationInput;
  /**
   * How long the history of what an operator does to jobs is kept: the stack output `MillraceDeadRetentionSeconds`.
   * @default 90d, the stack's default
   */
  readonly deadRetention?: DurationInput;
  /** @default a client by the usual AWS configuration */
  readonly dynamodb?: DynamoDBClient;
  /** @default a client by the usual AWS configuration */
  readonly sqs?: SQSClient;
  /** @default a client by the usual AWS configuration */
  readonly lambda?: LambdaClient;
  /** @default a client by the usual AWS configuration */
  readonly scheduler?: SchedulerClient;
  /** @default the system's */
  readonly clock?: Clock;
  /** @default the system's */
  readonly chance?: Chance;
}

/** Where a job is, with what it was told by. */
export interface Whereabouts extends Told {
  readonly id: string;
  /** Undefined where there is no record. */
  readonly job: JobView | undefined;
  /** Undefined where the job has ended, where the configuration does not name its queue, or the credentials do not allow to ask it. */
  readonly queue: QueueStatus | undefined;
  /**
   * The one-time schedule of a job that waits for a time that was over 15 minutes away, until a day and 15 minutes after that
   * time. Undefined for any other, and where the configuration does not name the group, or the credentials do not allow to
   * look.
   */
  readonly schedule: ScheduleStatus | undefined;
}

/** What an imported stack, or one of before, may not tell. */
const OPTIONAL = ['deadLetterQueues', 'eventSources', 'oneTimeGroup'] as const;

const UNSEEN = { queue: undefined, schedule: undefined } as const;

const NO_JOBS = defineCatalog([]);

/**
 * What a person who operates a stack asks for: how the queues stand, where a job is, to drain and to resume, and to
 * redrive many jobs with care. Single jobs are read, cancelled and redriven by its `client`.
 *
 * @example
 * const operator = Operator.fromEnvironment({ catalog });
 * await operator.redrive({ filter: { type: 'webhook.deliver' }, staged: true, by: 'ada', why: 'the partner is up again' });
 */
export class Operator<C extends Catalog = Catalog> {
  readonly client: MillraceClient<C>;
  readonly #table: JobTable;
  readonly #clock: Clock;
  readonly #queues: QueueDeps;
  readonly #oneTime: OneTimeGroup | undefined;

  constructor(options: OperatorOptions<C>) {
    const { tableName, queues, deadLetterQueues = {}, eventSources = {}, clock = systemClock } = options;
    const { chance = systemChance, catalog = NO_JOBS as Catalog as C } = options;
    const dynamodb = options.dynamodb ?? new DynamoDBClient({ requestHandler: CALL_LIMITS });
    const sqs = options.sqs ?? createSqsClient();
    const { retention, deadRetention } = options;
    this.client = new MillraceClient({
      ...{ catalog, tableName, queues, dynamodb, sqs, clock, chance, retention, deadRetention },
    });
    this.#table = new JobTable({ client: dynamodb, tableName });
    this.#clock = clock;
    this.#queues = {
      ...{ sqs, clock, known: { queues, deadLetterQueues, eventSources } },
      feeds: new Feeds(options.lambda ?? new LambdaClient({ requestHandler: CALL_LIMITS })),
    };
    const { oneTimeGroup: group } = options;
    this.#oneTime =
      group === undefined
        ? undefined
        : { group, scheduler: options.scheduler ?? new SchedulerClient({ requestHandler: CALL_LIMITS }) };
  }

  /**
   * An operator for the stack that the environment names: the stack outputs as variables, as `millrace dev` prints them.
   *
   * @throws {EnvironmentError} naming each variable that is missing or cannot be read
   */
  static fromEnvironment<C extends Catalog = Catalog>(
    options: Omit<OperatorOptions<C>, 'tableName' | 'queues' | (typeof OPTIONAL)[number]> & {
      /** @default process.env */
      readonly env?: Environment;
    } = {},
  ): Operator<C> {
    const { env = process.env, ...rest } = options;
    const known = OPTIONAL.filter((key) => env[ENV[key]]);
    const { table: tableName, ...outputs } = readEnvironment(env, ['table', 'queues', ...known]);
    return new Operator({ ...readRetentions(env), ...rest, ...outputs, tableName });
  }

  /**
   * How queues stand: all of them, those of a pool, or one.
   *
   * @throws {InvalidOptionError} for a queue that the configuration does not name
   */
  queues(selection?: QueueSelection): Promise<QueueStatus[]> {
    const { known } = this.#queues;
    const selected = selection ? selectQueues(known, selection) : everyQueue(known);
    return Promise.all(selected.map((queue) => statusOf(this.#queues, queue)));
  }

  /**
   * Stops taking jobs from a pool's queues, or from one, by disabling their event sources, and waits until nothing of
   * theirs is in flight. Waiting jobs stay where they are and cost nothing; no receive and no attempt is burnt.
   *
   * @throws {DrainTimeoutError} messages were still in flight; the queues stay paused
   * @throws {NotConfiguredError | InvalidOptionError} nothing was done
   */
  drain(options: DrainOptions): Promise<QueueStatus[]> {
    return drain(this.#queues, options);
  }

  /**
   * Takes jobs from a pool's queues, or from one, again.
   *
   * @throws {ResumeTimeoutError | NotConfiguredError | InvalidOptionError}
   */
  resume(options: DrainOptions): Promise<QueueStatus[]> {
    return resume(this.#queues, options);
  }

  /**
   * Redrives many jobs, by their ids or by what they have in common: checked first (`dryRun`), at a limited rate, in
   * stages, with their payloads patched.
   *
   * @throws {InvalidOptionError} nothing was done. What fails for a single job is in the report
   */
  redrive(options: BulkRedriveOptions): Promise<RedriveReport> {
    const client = this.client as MillraceClient<Catalog>;
    return bulkRedrive({ client, table: this.#table, clock: this.#clock }, options);
  }

  /** A job's payload as JSON; undefined where there is no such job, or where its enqueue died before it was stored. */
  async payload(id: string): Promise<string | undefined> {
    const record = await this.#table.get(id);
    return record && this.#table.payloadOf(record);
  }

  /**
   * Where a job is, across the table, its queue, its dead-letter queue and its one-time schedule, and what happens to it
   * next. With `grantRead`'s rights alone it is told by the record, and says so; queues and schedules need `grantOperate`'s.
   */
  async where(id: string): Promise<Whereabouts> {
    const record = await this.#table.get(id);
    if (!record) {
      const here = `There is no job '${id}' in the table ${this.#table.tableName}: it was never enqueued there, or its record was kept long enough.`;
      return { id, place: 'nowhere', here, next: 'Nothing.', job: undefined, ...UNSEEN };
    }
    const seen = isEnded(record.status) ? UNSEEN : await this.#look(record);
    const told = tell(record, { ...seen, now: this.#clock.now() });
    const { queue, schedule } = seen;
    return { id, ...told, job: jobView(record), queue, schedule };
  }

  /** Whoever may only read the table is told by the record alone. */
  async #look(record: JobRecord): Promise<Omit<Seen, 'now'>> {
    const { pool, priority } = record;
    const found = everyQueue(this.#queues.known).find(
      (queue) => queue.pool === pool && queue.priority === priority,
    );
    const group = isScheduled(record, this.#clock.now()) ? this.#oneTime : undefined;
    const [queue, schedule] = await Promise.all([
      asAllowed(found && statusOf(this.#queues, found)),
      asFound(group && statusOfSchedule(group, record)),
    ]);
    return { queue: queue.found, forbidden: queue.forbidden, ...schedule };
  }
}

/** What was asked for, or that the credentials do not allow to ask. */
async function asAllowed<T>(asked: Promise<T> | undefined): Promise<{ found?: T; forbidden?: true }> {
  try {
    return { found: await asked };
  } catch (error) {
    if (error instanceof PermissionError) return { forbidden: true };
    throw error;
  }
}

/** The schedule, or why nobody could look at it: table and queue tell all the same, from networks that do not reach Scheduler, too. */
async function asFound(
  asked: Promise<ScheduleStatus> | undefined,
): Promise<Pick<Seen, 'schedule' | 'scheduleUnseen'>> {
  try {
    return { schedule: await asked };
  } catch (error) {
    if (error instanceof PermissionError)
      return { scheduleUnseen: 'The credentials do not allow to look at that schedule.' };
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { scheduleUnseen: `That schedule could not be looked at (${why}).` };
  }
}
