import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import {
  CALL_LIMITS,
  type Catalog,
  CatalogError,
  type Chance,
  type Clock,
  DEFAULTS,
  type DurationInput,
  type Environment,
  InvalidOptionError,
  milliseconds,
  type PoolName,
  readEnvironment,
  systemChance,
  systemClock,
} from '../contract/index.ts';
import { createSqsClient, Dispatcher, Visibility } from '../dispatch/index.ts';
import { createLogger, type LoggerFactory } from '../observe/index.ts';
import { JobTable, ScheduleTable } from '../state/index.ts';
import { Batch } from './batch.ts';
import type { WorkerDeps } from './deps.ts';
import type { AnyHandler } from './execute.ts';
import type { Handlers } from './handler.ts';
import { type ErrorEvents, Strays } from './strays.ts';

export interface WorkerOptions<P extends string> {
  /** The pool that this worker serves: only its job types need handlers. @default every pool of the catalog */
  readonly pool?: P;
  /**
   * How often a running job is looked at for a cancel or a lost lease, from 100ms: its signal fires that late at most. Each
   * look reads its record, half a read unit to one (DynamoDB).
   * @default 15s
   */
  readonly beat?: DurationInput;
  /** @default process.env */
  readonly env?: Environment;
  /** @default a client by the usual AWS configuration */
  readonly dynamodb?: DynamoDBClient;
  /** @default a client by the usual AWS configuration */
  readonly sqs?: SQSClient;
  /** @default Powertools for AWS Lambda's logger */
  readonly logger?: LoggerFactory;
  /** @default the system's */
  readonly clock?: Clock;
  /** @default the system's */
  readonly chance?: Chance;
  /** @default process.exit */
  readonly exit?: (code: number) => void;
  /**
   * Where the worker hears, from its first invocation on, of errors that handlers left uncaught; the listeners that were there
   * when it was made, it removes: Lambda's end the process.
   * @default Node's `process` in a Lambda function; elsewhere none
   */
  readonly process?: ErrorEvents;
}

export type WorkerHandler = (
  event: SQSEvent,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<SQSBatchResponse>;

/**
 * Binds handlers to the job types of a catalog, as the handler of a pool's Lambda function. Call it once, outside the
 * handler: it reads the environment and makes the AWS clients.
 *
 * @throws {CatalogError} a handler is missing
 * @throws {EnvironmentError} a variable that the stack sets is missing
 * @example
 * export const handler = createWorker(catalog, { 'receipt.send': sendReceipt });
 */
export function createWorker<C extends Catalog, const P extends PoolName<C> = PoolName<C>>(
  catalog: C,
  handlers: Handlers<C, NoInfer<P>>,
  options: WorkerOptions<P> = {},
): WorkerHandler {
  const deps = dependencies(catalog, handlers as Readonly<Record<string, AnyHandler>>, options);
  return async ({ Records }, context) => {
    using _invocation = deps.strays.invocation();
    const endsAt = deps.clock.now() + context.getRemainingTimeInMillis();
    return { batchItemFailures: await new Batch(deps, { endsAt }).run(Records) };
  };
}

function dependencies(
  catalog: Catalog,
  handlers: Readonly<Record<string, AnyHandler>>,
  options: WorkerOptions<string>,
): WorkerDeps {
  const { env = process.env, clock = systemClock, chance = systemChance } = options;
  checkHandlers(catalog, handlers, options.pool);
  const keys = ['table', 'queues', 'pool', 'concurrency', 'retention', 'deadRetention'] as const;
  const { table, queues, pool, concurrency, retention, deadRetention } = readEnvironment(env, keys);
  const client = options.dynamodb ?? new DynamoDBClient({ requestHandler: CALL_LIMITS });
  const sqs = options.sqs ?? createSqsClient();
  const { leaseMargin, settleReserve, lapseLimit } = DEFAULTS;
  const worker = env['AWS_LAMBDA_LOG_STREAM_NAME'] ?? 'local';
  const { logger = createLogger({ service: pool }), exit = (code: number) => process.exit(code) } = options;
  // A test's process has listeners that are none of ours. Lambda sets this for every kind of function.
  const events = options.process ?? (env['LAMBDA_TASK_ROOT'] === undefined ? undefined : process);
  return {
    ...{ catalog, handlers, clock, chance },
    table: new JobTable({ client, tableName: table }),
    schedules: new ScheduleTable({ client, tableName: table }),
    dispatcher: new Dispatcher({ client: sqs, queues, clock }),
    visibility: new Visibility({ client: sqs, clock }),
    ...{ logger, exit, strays: new Strays({ events, logger, exit }) },
    settings: {
      ...{ pool, concurrency, leaseMargin, settleReserve, lapseLimit, worker, beat: beatOf(options) },
      retention: retention * 1000,
      deadRetention: deadRetention * 1000,
    },
  };
}

const SHORTEST_BEAT = 100;

function beatOf({ beat = DEFAULTS.beat }: WorkerOptions<string>): number {
  const ms = milliseconds(beat, 'beat');
  if (ms >= SHORTEST_BEAT) return ms;
  throw new InvalidOptionError({ option: 'beat', got: `${ms} ms`, expected: `at least ${SHORTEST_BEAT}ms` });
}

/** The compiler says so too; plain JavaScript and casts get it here, at cold start and not at the first job. */
function checkHandlers(
  catalog: Catalog,
  handlers: Readonly<Record<string, AnyHandler>>,
  pool: string | undefined,
): void {
  const served = catalog.jobs.filter((job) => pool === undefined || job.pool === pool);
  const missing = served.filter(({ name }) => typeof handlers[name] !== 'function').map(({ name }) => name);
  if (missing.length === 0) return;
  throw new CatalogError({
    what: 'A worker lacks handlers',
    got: `none for ${missing.map((name) => `'${name}'`).join(', ')}`,
    expected: 'a handler for each job type of the pools that it serves',
    fix: 'add them to createWorker, or name the pool that this worker serves',
    context: { missing },
  });
}
