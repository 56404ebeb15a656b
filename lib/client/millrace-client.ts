import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import {
  CALL_LIMITS,
  type Catalog,
  type Chance,
  type Clock,
  DEFAULTS,
  type DurationInput,
  type Environment,
  InvalidOptionError,
  isEnded,
  type JobIn,
  type JobInput,
  type JobName,
  type JobOf,
  type JobType,
  LIMITS,
  lookUp,
  milliseconds,
  type QueueUrls,
  readEnvironment,
  readRetentions,
  sleep,
  systemChance,
  systemClock,
} from '../contract/index.ts';
import { createSqsClient, Dispatcher } from '../dispatch/index.ts';
import {
  DeadIndex,
  JobTable,
  type QuarantinedMessage,
  quarantineKey,
  readQuarantined,
  readRecord,
  readWholeQuarantined,
  ScheduleTable,
} from '../state/index.ts';
import { type AcceptDeps, accept, acceptMany } from './accept.ts';
import type { Accountable } from './accountable.ts';
import { type CancelResult, cancel } from './cancel.ts';
import { type DeadFilter, readFilter } from './dead-filter.ts';
import type { IdResult } from './each-id.ts';
import { JobNotFoundError, WaitTimeoutError } from './errors.ts';
import { type HistoryEntry, history } from './history.ts';
import { type EndedJob, type JobView, type ResultOf, view } from './job-view.ts';
import type { EnqueuedJob, EnqueueEntry, EnqueueOptions, EnqueueResult } from './options.ts';
import { type JobPage, type QuarantinePage, readEach } from './pages.ts';
import { type Prepared, prepare } from './prepare.ts';
import { type RedriveOptions, redrive } from './redrive.ts';
import { rounds } from './rounds.ts';
import { ScheduleClient } from './schedules/index.ts';

export interface ClientOptions<C extends Catalog> {
  readonly catalog: C;
  /** The stack output `MillraceTableName`. */
  readonly tableName: string;
  /** The stack output `MillraceQueues`, parsed: pool → priority → queue URL. */
  readonly queues: QueueUrls;
  /**
   * How long the records of jobs that this client ends are kept: the stack output `MillraceRetentionSeconds`.
   * @default 30d, the stack's default
   */
  readonly retention?: DurationInput;
  /**
   * How long the history of what this client does to jobs is kept: the stack output `MillraceDeadRetentionSeconds`.
   * @default 90d, the stack's default
   */
  readonly deadRetention?: DurationInput;
  /**
   * Schedules that a tenant may have, and those without a tenant together, when one is put by this client.
   * @default 100
   */
  readonly schedulesPerTenant?: number;
  /** @default a client by the usual AWS configuration */
  readonly dynamodb?: DynamoDBClient;
  /** @default a client by the usual AWS configuration */
  readonly sqs?: SQSClient;
  /** @default the system's */
  readonly clock?: Clock;
  /** @default the system's */
  readonly chance?: Chance;
}

export interface WaitOptions {
  /** @default 60s */
  readonly timeout?: DurationInput;
  readonly signal?: AbortSignal;
}

export interface ListOptions extends DeadFilter {
  /**
   * Jobs a page: 1 to 1,000.
   * @default 100
   */
  readonly limit?: number;
  /** Where the page before ended. */
  readonly cursor?: string;
}

/** An entry as the checks at run time see it. */
interface UntypedEntry {
  readonly job: string | JobType;
  readonly payload: unknown;
  readonly options?: EnqueueOptions;
}

/** The first look after 50 ms, then ever later, up to once a second: a waiting caller costs little. */
const FIRST_POLL = 50;
const LAST_POLL = 1_000;

/**
 * What an application enqueues, follows and redrives jobs with.
 *
 * @example
 * const millrace = MillraceClient.fromEnvironment({ catalog });
 * const job = await millrace.enqueue('receipt.send', { orderId: '42' }, { tenant: 'acme' });
 * const { status, result } = await millrace.wait(job);
 */
export class MillraceClient<C extends Catalog> {
  readonly #catalog: C;
  readonly #deps: AcceptDeps;
  readonly #dead: DeadIndex;
  /** Recurring schedules: those made at run time, and the catalog's. */
  readonly schedules: ScheduleClient<C>;

  constructor(options: ClientOptions<C>) {
    const { catalog, tableName, queues, clock = systemClock, chance = systemChance } = options;
    const client = options.dynamodb ?? new DynamoDBClient({ requestHandler: CALL_LIMITS });
    this.#catalog = catalog;
    const { retention = DEFAULTS.retention, deadRetention = DEFAULTS.deadRetention } = options;
    this.#deps = {
      table: new JobTable({ client, tableName }),
      dispatcher: new Dispatcher({ client: options.sqs ?? createSqsClient(), queues, clock }),
      clock,
      chance,
      retention: milliseconds(retention, 'retention'),
      deadRetention: milliseconds(deadRetention, 'deadRetention'),
    };
    this.#dead = new DeadIndex({ client, tableName });
    const { schedulesPerTenant: quota = LIMITS.schedulesOfTenant } = options;
    const schedules = new ScheduleTable({ client, tableName });
    this.schedules = new ScheduleClient(catalog, { ...this.#deps, schedules, quota });
  }

  /**
   * A client configured from `MILLRACE_TABLE_NAME` and `MILLRACE_QUEUES`, as `connect(fn)` and the stack outputs give them,
   * and where they are set from `MILLRACE_RETENTION_SECONDS` and `MILLRACE_DEAD_RETENTION_SECONDS`.
   *
   * @throws {EnvironmentError} naming each variable that is missing or cannot be read
   */
  static fromEnvironment<C extends Catalog>(
    options: Omit<ClientOptions<C>, 'tableName' | 'queues'> & { readonly env?: Environment },
  ): MillraceClient<C> {
    const { env = process.env, ...rest } = options;
    const { table: tableName, queues } = readEnvironment(env, ['table', 'queues']);
    return new MillraceClient({ ...readRetentions(env), ...rest, tableName, queues });
  }

  /**
   * Enqueues a job. Once it resolves, the job is durable: it will end, visibly.
   *
   * @throws {PayloadInvalidError | PayloadTooLargeError | InvalidOptionError | UnknownJobError} before anything is written
   * @throws {IdempotencyConflictError} the key stands for another payload
   * @throws {ResourceMissingError | ResourceMismatchError | RegionMismatchError | PermissionError} wrong configuration. What
   * was recorded by then is cancelled; a job with a key is left, and goes on when the call is repeated
   * @throws {EnqueueFailedError} AWS could not be reached: retryable
   */
  async enqueue<const K extends JobName<C> | JobIn<C>>(
    job: K,
    payload: JobInput<JobOf<C, K>>,
    options: EnqueueOptions = {},
  ): Promise<EnqueuedJob<JobOf<C, K>>> {
    const { id, deduplicated } = await accept(this.#deps, await this.#prepare(job, payload, options));
    return { id, deduplicated };
  }

  /**
   * Enqueues many jobs in few requests. It does not throw for a single entry: each has its own result, in their order.
   */
  async enqueueMany(entries: readonly EnqueueEntry<C>[]): Promise<EnqueueResult[]> {
    const results: EnqueueResult[] = [];
    const untyped = entries as readonly unknown[] as readonly UntypedEntry[];
    const prepared = await Promise.allSettled(
      untyped.map(async (entry) => {
        const { job, payload, options = {} } = checkObject(entry, 'entries');
        return this.#prepare(job, payload, options);
      }),
    );
    const jobs = prepared.flatMap((p, at) => (p.status === 'fulfilled' ? [{ at, job: p.value }] : []));
    for (const [at, p] of prepared.entries())
      if (p.status === 'rejected') results[at] = { ok: false, error: p.reason };
    // Entries of one key in one call: the later ones meet the first one's record, sent by then.
    for (const round of rounds(jobs)) {
      const accepted = await acceptMany(
        this.#deps,
        round.map(({ job }) => job),
      );
      for (const [i, { at }] of round.entries()) {
        const result = accepted[i];
        results[at] =
          result?.status === 'fulfilled'
            ? { ok: true, job: result.value }
            : { ok: false, error: result?.reason };
      }
    }
    return results;
  }

  /** The job as its record shows it now; undefined where there is none. */
  async get<J = unknown>(job: EnqueuedJob<J> | string): Promise<JobView<ResultOf<J>> | undefined> {
    const record = await this.#deps.table.get(idOf(job));
    return record && view(record);
  }

  /**
   * Waits until the job has ended, however it ended.
   *
   * @throws {WaitTimeoutError} when it has not ended in time; the job goes on
   * @throws {JobNotFoundError} when there is no such job
   */
  async wait<J = unknown>(
    job: EnqueuedJob<J> | string,
    options: WaitOptions = {},
  ): Promise<EndedJob<ResultOf<J>>> {
    const { clock, table } = this.#deps;
    const timeout = milliseconds(options.timeout ?? '60s', 'timeout');
    const id = idOf(job);
    const until = clock.now() + timeout;
    for (let pause = FIRST_POLL; ; pause = Math.min(pause * 1.5, LAST_POLL)) {
      const record = await table.get(id);
      if (!record) throw new JobNotFoundError({ id, tableName: table.tableName });
      if (isEnded(record.status)) return view<ResultOf<J>>(record) as EndedJob<ResultOf<J>>;
      const left = until - clock.now();
      if (left <= 0) throw new WaitTimeoutError({ id, status: record.status, timeout });
      await sleep(clock, Math.min(pause, left), options.signal);
    }
  }

  /** Dead jobs, or expired ones where `status` says so, the newest first, a page at a time. */
  async list(options: ListOptions = {}): Promise<JobPage> {
    const { limit = 100, cursor } = options;
    const filter = readFilter(options);
    const page = await this.#dead.page({ limit: checkLimit(limit), cursor, ...filter });
    const { read, unreadable } = readEach(page.items, (item) => view(readRecord(item)));
    return { jobs: read, unreadable, cursor: page.cursor };
  }

  /**
   * Messages that no worker could read, as the recorder filed them, the newest first, a page at a time. Of a body of more
   * than 90,000 characters the list shows the beginning; `getQuarantined` has it whole.
   */
  async listQuarantined(options: Pick<ListOptions, 'limit' | 'cursor'> = {}): Promise<QuarantinePage> {
    const { limit = 100, cursor } = options;
    const page = await this.#dead.page({ kind: 'quarantined', limit: checkLimit(limit), cursor });
    const { read, unreadable } = readEach(page.items, readQuarantined);
    return { messages: read, unreadable, cursor: page.cursor };
  }

  /** One of them by its `messageId`, its body whole; undefined where there is none. */
  async getQuarantined(messageId: string): Promise<QuarantinedMessage | undefined> {
    const { table } = this.#deps;
    return readWholeQuarantined(await table.itemsUnder({ pk: quarantineKey(messageId) }));
  }

  /**
   * Starts ended jobs anew, attempts from zero, with their payloads patched where that is asked for. Each id has its own
   * result, in their order. For many jobs at once see `Operator.redrive` of `millrace/operate`.
   *
   * @throws {InvalidOptionError} for `by` or `why`: nothing was done
   */
  redrive(ids: readonly string[], options: RedriveOptions = {}): Promise<IdResult[]> {
    return redrive({ ...this.#deps, catalog: this.#catalog }, ids, options);
  }

  /**
   * Ends waiting jobs at once, and asks running ones to end: their signal fires within half a minute. Each id has its own
   * result, in their order; its `status` says which of the two it was.
   *
   * @throws {InvalidOptionError} for `by` or `why`: nothing was done
   */
  cancel(ids: readonly string[], who: Accountable = {}): Promise<CancelResult[]> {
    return cancel(this.#deps, ids, who);
  }

  /**
   * A job's way through the states, oldest first, with the errors of its failed attempts.
   *
   * @throws {JobNotFoundError} when there is no such job
   */
  history(job: EnqueuedJob | string): Promise<HistoryEntry[]> {
    return history(this.#deps.table, idOf(job));
  }

  /** The job table that it works on. */
  get tableName(): string {
    return this.#deps.table.tableName;
  }

  async #prepare(job: string | JobType, payload: unknown, options: EnqueueOptions): Promise<Prepared> {
    const { clock, chance, dispatcher } = this.#deps;
    const type = lookUp(this.#catalog, job);
    checkObject(options, 'options');
    const prepared = await prepare(type, payload, { options, now: clock.now(), chance });
    // A job that could not be sent is not recorded either.
    await dispatcher.check(prepared.record);
    return prepared;
  }
}

function idOf(job: EnqueuedJob | string): string {
  return typeof job === 'string' ? job : job.id;
}

/** The compiler says so too; plain JavaScript gets it here. */
function checkObject<T>(value: T, option: string): T {
  if (typeof value === 'object' && value !== null) return value;
  throw new InvalidOptionError({ option, got: String(value), expected: 'an object' });
}

function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new InvalidOptionError({
    option: 'limit',
    got: String(limit),
    expected: 'a whole number from 1 to 1000',
  });
}
