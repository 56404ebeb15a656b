import type { JobView, MillraceClient } from '../client/index.ts';
import {
  type Catalog,
  type DurationInput,
  InvalidOptionError,
  milliseconds,
  type TimeInput,
  timeOf,
} from '../contract/index.ts';
import type { Handlers } from '../worker/index.ts';
import { Activity } from './activity.ts';
import { declareSchedules } from './declared-schedules.ts';
import { type BorrowedEngine, borrowEngine } from './engine.ts';
import { makeFunctions } from './functions.ts';
import { collectingLogger, type LogLine } from './logs.ts';
import { type AdvanceOptions, type DrainOptions, drain, pass } from './passing.ts';
import { makeQueues } from './pool-queues.ts';
import { createQueueClient } from './queue-client.ts';
import { seededChance } from './seeded-chance.ts';
import { TestClient } from './test-client.ts';
import { TestScheduler } from './test-scheduler.ts';
import { TestTable } from './test-table.ts';
import { START, VirtualClock } from './virtual-clock.ts';
import { World } from './world.ts';

export interface TestMillraceOptions<C extends Catalog> {
  readonly catalog: C;
  /** As for `createWorker`: one for each job type. They run for real, and what they wait for is waited for. */
  readonly handlers: Handlers<NoInfer<C>>;
  /**
   * When the test's time begins.
   * @default 2027-01-01T00:00:00Z
   */
  readonly now?: TimeInput;
  /**
   * What ids and backoffs are drawn from: the same seed, the same ones.
   * @default 1
   */
  readonly seed?: number;
  /**
   * Jobs that run at the same time, 1 to 10. Over 1 the order in which they go on is no longer the same in every run.
   * @default 1
   */
  readonly concurrency?: number;
  /**
   * How long a handler, or a schema that answers asynchronously, may take, in real time, before the test fails with `HandlerStuckError`.
   * @default 4s
   */
  readonly patience?: DurationInput;
  /**
   * Another DynamoDB to use, on this machine: DynamoDB Local, say.
   * @default an engine that comes with Millrace
   */
  readonly dynamodbEndpoint?: string;
}

/** Millrace in this process: the real client, worker, lifecycle function, recorder and sweeper, and a time of their own. */
export interface TestMillrace<C extends Catalog> extends AsyncDisposable {
  /** As applications use it. Enqueued jobs wait until time is given to them; `wait` gives it by itself. */
  readonly client: MillraceClient<C>;
  /** What handlers and Millrace itself logged. */
  readonly logs: readonly LogLine[];
  /** The test's time. It stands still but for `advance`, `drain` and `client.wait`. */
  now(): Date;
  /**
   * Moves the time on, and runs all that becomes due on the way, each at its own time: delayed jobs, retries, snoozes,
   * lapsed leases, the sweeper.
   *
   * @throws {HandlerStuckError} a handler does not come to an end
   */
  advance(duration: DurationInput, options?: AdvanceOptions): Promise<void>;
  /**
   * Runs until nothing is left to do now; with `untilEnded`, until every job has ended.
   *
   * @throws {NotDrainedError} there is no end to it: it says which job waits for what, until when
   * @throws {HandlerStuckError} a handler does not come to an end
   */
  drain(options?: DrainOptions): Promise<void>;
  /** Every job that there is, in the order in which they were enqueued. */
  jobs(): Promise<JobView[]>;
}

const MOST_CONCURRENT = 10;

/**
 * Makes a Millrace to test jobs with, in this process: a job table of its own on a DynamoDB engine, queues in memory, and
 * a virtual time. Dispose of it when the test is over.
 *
 * @throws {CatalogError} a handler is missing
 * @throws {InvalidOptionError} an option is out of its range
 * @throws {EngineMissingError | EngineStartError} the DynamoDB engine cannot be started
 * @example
 * await using millrace = await createTestMillrace({ catalog, handlers });
 * const job = await millrace.client.enqueue('receipt.send', { orderId: '42' }, { delay: '10m' });
 * await millrace.advance('10m');
 * expect(await millrace.client.get(job)).toMatchObject({ status: 'succeeded' });
 */
export async function createTestMillrace<C extends Catalog>(
  options: TestMillraceOptions<C>,
): Promise<TestMillrace<C>> {
  const { catalog, handlers, seed = 1 } = options;
  const clock = new VirtualClock(timeOf(options.now ?? START, 'now'));
  const concurrency = checkConcurrency(options.concurrency ?? 1);
  const activity = new Activity({ patience: milliseconds(options.patience ?? '4s', 'patience') });
  const queues = makeQueues(catalog);
  const sqs = createQueueClient({ queues: queues.all, clock });
  const logs: LogLine[] = [];
  const logger = collectingLogger({ now: () => clock.now(), into: (line) => logs.push(line) });
  const engine = options.dynamodbEndpoint === undefined ? await borrowEngine() : undefined;
  const endpoint = options.dynamodbEndpoint ?? engine?.endpoint ?? '';
  let table: TestTable | undefined;
  let scheduler: TestScheduler | undefined;
  try {
    table = await TestTable.create({ endpoint, activity });
    scheduler = await TestScheduler.create({
      clock,
      chance: seededChance(seed, 'scheduler'),
      sqs,
      activity,
    });
    await declareSchedules(catalog, { client: scheduler.client, queues, now: clock.now() });
    const shared = { catalog, clock, sqs, dynamodb: table.client, tableName: table.name };
    const functionClock = clock.branch();
    const functions = makeFunctions({
      ...{ ...shared, clock: functionClock },
      ...{ handlers, queues, scheduler: scheduler.client, seed, logger, concurrency, activity },
    });
    const world = new World({ clock, functionClock, activity, table, queues, functions, concurrency });
    const client = new TestClient(
      { ...shared, queues: queues.urls, chance: seededChance(seed, 'client') },
      world,
    );
    return millraceOf({ client, logs, clock, world, activity, scheduler, table, engine });
  } catch (error) {
    scheduler?.[Symbol.dispose]();
    await table?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
    throw error;
  }
}

interface Parts<C extends Catalog> {
  readonly client: MillraceClient<C>;
  readonly logs: readonly LogLine[];
  readonly clock: VirtualClock;
  readonly world: World;
  readonly activity: Activity;
  readonly scheduler: TestScheduler;
  readonly table: TestTable;
  readonly engine: BorrowedEngine | undefined;
}

function millraceOf<C extends Catalog>(parts: Parts<C>): TestMillrace<C> {
  const { client, logs, clock, world, activity, scheduler, table, engine } = parts;
  return {
    client,
    logs,
    now: () => new Date(clock.now()),
    advance: async (duration, { overtake } = {}) => {
      const ms = milliseconds(duration, 'duration');
      await world.alone(() => pass(world, { overtake, until: clock.now() + ms }));
    },
    drain: (options = {}) => world.alone(() => drain(world, activity, options)),
    jobs: () => world.alone(() => everyJob(client, world)),
    [Symbol.asyncDispose]: async () => {
      await world.dispose();
      scheduler[Symbol.dispose]();
      await table[Symbol.asyncDispose]();
      await engine?.[Symbol.asyncDispose]();
    },
  };
}

async function everyJob<C extends Catalog>(client: MillraceClient<C>, world: World): Promise<JobView[]> {
  await world.look();
  const views = await Promise.all(world.jobs.all().map(({ id }) => client.get(id)));
  return views.filter((view) => view !== undefined);
}

function checkConcurrency(concurrency: number): number {
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= MOST_CONCURRENT) return concurrency;
  const expected = `a whole number from 1 to ${MOST_CONCURRENT}`;
  throw new InvalidOptionError({ option: 'concurrency', got: String(concurrency), expected });
}
