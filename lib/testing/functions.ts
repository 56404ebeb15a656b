import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { type Catalog, type Clock, DEFAULTS, ENV, type Environment } from '../contract/index.ts';
import { createLifecycle, createRecorder, createSweeper } from '../lifecycle/index.ts';
import type { LoggerFactory } from '../observe/index.ts';
import { createWorker, type Handler, type Handlers } from '../worker/index.ts';
import type { Activity } from './activity.ts';
import { SCHEDULER_ROLE } from './declared-schedules.ts';
import { NotFollowedError } from './errors.ts';
import { type PoolQueues, STACK, type StackQueues } from './pool-queues.ts';
import { seededChance } from './seeded-chance.ts';
import { GROUPS } from './test-scheduler.ts';
import { watchedSchemas } from './watched-schemas.ts';

export interface FunctionsOptions<C extends Catalog> {
  readonly catalog: C;
  readonly handlers: Handlers<C>;
  readonly queues: StackQueues;
  readonly tableName: string;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly scheduler: SchedulerClient;
  readonly clock: Clock;
  readonly seed: number;
  readonly logger: LoggerFactory;
  readonly concurrency: number;
  readonly activity: Activity;
}

/** The functions of the stack: the same code, in this process. */
export interface Functions {
  /** Takes a batch of a pool's messages; resolves with the ids of those that are not done. */
  work(pool: PoolQueues, records: SQSRecord[]): Promise<readonly string[]>;
  record(records: SQSRecord[]): Promise<readonly string[]>;
  follow(changes: DynamoDBRecord[]): Promise<void>;
  sweep(): Promise<void>;
}

export function makeFunctions<C extends Catalog>(options: FunctionsOptions<C>): Functions {
  const { queues, dynamodb, sqs, scheduler, clock, logger, seed } = options;
  // Each invocation knows its own handlers and schemas: when it ends, none of them counts any more, ended or not.
  const invocation = new AsyncLocalStorage<Set<Disposable>>();
  const handlers = watched(options, invocation);
  const catalog = watchedCatalog(options, invocation);
  const system = (role: string, pool: string = DEFAULTS.pool) => ({
    ...{ dynamodb, sqs, clock, logger, env: environment(options, pool), chance: seededChance(seed, role) },
  });
  // A stuck handler ends its process on Lambda; here there is none to end but the test's own.
  const exit = () => undefined;
  const workers = new Map(
    queues.pools.map(({ pool }) => {
      const role = `worker ${pool}`;
      return [pool, createWorker(catalog, handlers, { ...system(role, pool), exit })];
    }),
  );
  const lifecycle = createLifecycle({ ...system('lifecycle'), scheduler });
  const recorder = createRecorder(system('recorder'));
  const sweeper = createSweeper(system('sweeper'));
  return {
    work: async ({ pool, functionTimeout }, Records) => {
      const worker = workers.get(pool);
      if (!worker) return [];
      const begun = new Set<Disposable>();
      try {
        const context = lasting(clock, functionTimeout);
        return failures(await invocation.run(begun, () => worker({ Records }, context)));
      } finally {
        for (const running of begun) running[Symbol.dispose]();
      }
    },
    record: async (Records) => failures(await recorder({ Records })),
    follow: async (changes) => {
      // One at a time: what it sends at once would come in another order in every run.
      for (const change of changes) {
        const { batchItemFailures } = await lifecycle({ Records: [change] });
        if (batchItemFailures.length > 0) throw new NotFollowedError(change);
      }
    },
    sweep: async () => {
      await sweeper(undefined, lasting(clock, STACK.systemTimeout));
    },
  };
}

/** The user's handlers, each known to run while it runs. */
function watched<C extends Catalog>(
  { handlers, activity, clock }: FunctionsOptions<C>,
  invocation: AsyncLocalStorage<Set<Disposable>>,
): Handlers<C> {
  const entries = Object.entries(handlers as Record<string, Handler<never>>).filter(
    // What is no handler is for the worker to refuse.
    ([, handler]) => typeof handler === 'function',
  );
  const wrapped = entries.map(([name, handler]): [string, Handler<never>] => [
    name,
    async (payload, context) => {
      const { id, type, attempt } = context;
      using running = activity.handler({ id, type, attempt, since: clock.now() });
      invocation.getStore()?.add(running);
      return await handler(payload, context);
    },
  ]);
  return Object.fromEntries(wrapped) as unknown as Handlers<C>;
}

/** The same jobs to the worker; what their schemas take counts as what their handlers take. */
function watchedCatalog<C extends Catalog>(
  { catalog, activity, clock }: FunctionsOptions<C>,
  invocation: AsyncLocalStorage<Set<Disposable>>,
): C {
  const types = new Map(
    catalog.jobs.map((type) => [
      type.name,
      watchedSchemas(type, (schema) => {
        const running = activity.schema({ type: type.name, schema, since: clock.now() });
        invocation.getStore()?.add(running);
        return running;
      }),
    ]),
  );
  return { ...catalog, find: (name) => types.get(name) };
}

function environment<C extends Catalog>(
  { tableName, queues, concurrency }: FunctionsOptions<C>,
  pool: string,
): Environment {
  return {
    [ENV.table]: tableName,
    [ENV.queues]: JSON.stringify(queues.urls),
    [ENV.pool]: pool,
    [ENV.concurrency]: String(concurrency),
    [ENV.retention]: String(DEFAULTS.retention / 1000),
    [ENV.deadRetention]: String(DEFAULTS.deadRetention / 1000),
    [ENV.oneTimeGroup]: GROUPS.oneTime,
    [ENV.scheduleGroup]: GROUPS.runtime,
    [ENV.schedulerRole]: SCHEDULER_ROLE,
    [ENV.schedulerDeadLetters]: queues.schedulerDeadLetters.arn,
    [ENV.messageRetention]: String((STACK.queueRetention + STACK.deadLetterRetention) / 1000),
  };
}

function lasting(clock: Clock, timeout: number): { getRemainingTimeInMillis(): number } {
  const endsAt = clock.now() + timeout;
  return { getRemainingTimeInMillis: () => Math.max(0, endsAt - clock.now()) };
}

function failures({ batchItemFailures }: SQSBatchResponse): readonly string[] {
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}
