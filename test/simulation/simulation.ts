import { type Catalog, ENV, type Environment } from '../../lib/contract/index.ts';
import { createLifecycle, createRecorder, createSweeper } from '../../lib/lifecycle/index.ts';
import type { JobLogger, LoggerFactory } from '../../lib/observe/index.ts';
import { createWorker } from '../../lib/worker/index.ts';
import { Application } from './app/application.ts';
import { handlerIn } from './app/behaviours.ts';
import { catalog } from './app/catalog.ts';
import type { Ticks } from './app/ticks.ts';
import { type AwsClients, lendClients } from './aws/clients.ts';
import type { EngineConnection } from './aws/engine-connection.ts';
import { type Change, JobStore } from './aws/job-store.ts';
import { jobsIn } from './aws/jobs-of.ts';
import type { Message, Queue } from './aws/queue.ts';
import { QueueService } from './aws/queue-service.ts';
import { makeQueues, makeSchedulerDeadLetters, type PoolQueues, RETENTION } from './aws/queues.ts';
import { EVENT_AGE, type Input, Scheduler } from './aws/scheduler.ts';
import { SchedulerService } from './aws/scheduler-service.ts';
import { TableService } from './aws/table-service.ts';
import { Wire } from './aws/wire.ts';
import { Checks } from './check/checks.ts';
import { LambdaFunction } from './lambda/function.ts';
import { QueueSource } from './lambda/queue-source.ts';
import { StreamSource } from './lambda/stream-source.ts';
import type { FaultKind } from './world/fault-kinds.ts';
import type { Process } from './world/process.ts';
import type { World } from './world/world.ts';

/** Milliseconds: the longest type timeout and the stack's margin. */
const WORKER_TIMEOUT = 90_000;
const SYSTEM_TIMEOUT = 60_000;

/** The whole system, around one table: real code in simulated processes, simulated AWS between them. */
export class Simulation {
  readonly world: World;
  readonly store: JobStore;
  readonly checks: Checks;
  readonly application: Application;
  readonly worker: LambdaFunction;
  readonly stream: StreamSource;
  readonly sweeper: LambdaFunction;
  readonly pools: readonly PoolQueues[];
  readonly scheduler: Scheduler;
  readonly #schedulerDeadLetters: Queue;
  readonly wire: Wire;
  readonly #environment: Environment;
  /** The event sources of the pools' queues. */
  readonly sources: QueueSource[] = [];
  readonly #lent: (() => void)[] = [];
  /** The worker's code: it lacks things while an older build is deployed. */
  build: Catalog = catalog;
  /** Its recurring schedules, where it has any. */
  ticks: Ticks | undefined;
  /** Hears of every change that a process made. */
  onChange: (change: Change) => void = () => undefined;

  constructor({ world, engine, tableName }: { world: World; engine: EngineConnection; tableName: string }) {
    this.world = world;
    this.store = new JobStore({ name: tableName, engine });
    this.pools = makeQueues(WORKER_TIMEOUT, SYSTEM_TIMEOUT);
    this.#schedulerDeadLetters = makeSchedulerDeadLetters(SYSTEM_TIMEOUT);
    const queues = this.queues;
    const urls = {
      default: Object.fromEntries(this.pools.map(({ priority, queue }) => [priority, queue.url])),
    };
    this.#environment = {
      [ENV.table]: tableName,
      [ENV.queues]: JSON.stringify(urls),
      [ENV.pool]: 'default',
      [ENV.concurrency]: String(world.draws.pick('concurrency', [1, 2, 5, 10, 10])),
      [ENV.retention]: String(30 * 86_400),
      [ENV.deadRetention]: String(90 * 86_400),
      [ENV.messageRetention]: String((RETENTION.queue + RETENTION.deadLetter + EVENT_AGE) / 1000),
      [ENV.oneTimeGroup]: 'one-time',
      [ENV.scheduleGroup]: 'schedules',
      [ENV.schedulerRole]: 'arn:aws:iam::123456789012:role/scheduler',
      [ENV.schedulerDeadLetters]: this.#schedulerDeadLetters.arn,
    };
    const inOutbox = (id: string) => this.stream.has(id);
    this.scheduler = new Scheduler({
      ...{ world, queues, deadLetters: this.#schedulerDeadLetters },
      sent: (body) => this.checks.sentBySchedule(body),
      lost: (kind, ids) => this.checks.void(kind, ids),
    });
    const scheduler = this.scheduler;
    this.checks = new Checks({ world, store: this.store, queues, scheduler, inOutbox });
    const table = new TableService({
      world,
      store: this.store,
      changed: (change, { by }) => {
        this.checks.changed(change, by);
        this.stream.append(change, by.name);
        this.onChange(change);
        this.ticks?.changed(change);
        const { before, after } = change;
        const { id, status, expiresAt = 0 } = after?.record ?? {};
        const lost = status === 'dead' || status === 'expired';
        if (id !== undefined && lost && before?.record?.status !== status)
          this.application.died(id, expiresAt);
      },
    });
    this.wire = new Wire({
      world,
      services: {
        dynamodb: table,
        sqs: new QueueService({ world, queues, listener: this.checks }),
        scheduler: new SchedulerService({ world, scheduler }),
      },
      made: (ids) => this.checks.called(ids),
    });
    const unexpected = (what: string, ids: readonly string[]) =>
      this.checks.report('no code throws', ids[0], what);
    this.application = new Application({
      ...{ world, tableName, unexpected, checks: this.checks, queues: urls },
      awsFor: (process) => this.#awsFor(process),
    });
    this.worker = this.#worker();
    this.sweeper = this.#system('sweeper', createSweeper);
    this.stream = new StreamSource({
      world,
      target: this.#system('lifecycle', createLifecycle),
      again: (ids) => this.checks.streamedAgain(ids),
      givenUp: (ids) => this.checks.void('stream lost', ids),
      faults: () => this.checks.faultsOf('lifecycle'),
      sparesScheduler: () => this.checks.sparesScheduler('lifecycle'),
      failed: (ids, how) => unexpected(`lifecycle did not follow a change: ${how}`, ids),
    });
    this.#feed();
  }

  /** Messages are gone that nobody was done with: only the sweeper brings their jobs back, and nothing their ticks. */
  lost(kind: FaultKind, messages: readonly Message[]): void {
    this.checks.void(
      kind,
      messages.flatMap(({ envelope }) => envelope?.id ?? []),
    );
    for (const { body } of messages) this.ticks?.lost(body);
  }

  /** What EventBridge Scheduler could not send. */
  unsent(input: Input): void {
    this.#schedulerDeadLetters.send({ body: JSON.stringify(input), delay: 0, now: this.world.now });
  }

  get queues(): Queue[] {
    const pools = this.pools.flatMap(({ queue, deadLetters }) => [queue, deadLetters]);
    return [...pools, this.#schedulerDeadLetters];
  }

  /** Gives back what later runs can use again. */
  end(): void {
    for (const giveBack of this.#lent) giveBack();
  }

  #feed(): void {
    const { world, checks: listener, worker: target } = this;
    const lost = (kind: FaultKind, messages: readonly Message[]) => this.lost(kind, messages);
    const recorder = this.#system('recorder', createRecorder);
    for (const { queue, deadLetters } of this.pools) {
      this.sources.push(new QueueSource({ world, queue, target, concurrency: 3, listener, lost }));
      new QueueSource({ world, queue: deadLetters, target: recorder, concurrency: 2, listener, lost });
    }
    const queue = this.#schedulerDeadLetters;
    new QueueSource({ world, queue, target: recorder, concurrency: 2, listener, lost });
  }

  #worker(): LambdaFunction {
    const { world } = this;
    return new LambdaFunction({
      ...{ world, name: 'worker', timeout: WORKER_TIMEOUT },
      // It catches everything: no fault of a call is a reason to throw.
      watch: () => (process, error) => this.checks.threw(process, error),
      disturbed: (ids) => this.checks.disturbed(ids),
      answers: (process) => this.checks.answers(process),
      boot: (process) => {
        const handler = handlerIn(world, process, this.checks);
        const handlers = Object.fromEntries(this.build.jobs.map(({ name }) => [name, handler]));
        return createWorker(this.build, handlers as never, {
          ...this.#options(process),
          exit: () => process.crash('it ends itself'),
        }) as never;
      },
    });
  }

  #system(name: string, create: (options: SystemOptions) => unknown): LambdaFunction {
    const boot = (process: Process) => create(this.#options(process)) as never;
    const watch = () => {
      const before = this.checks.faultsOf(name);
      return (process: Process, error: unknown) => {
        if (this.checks.faultsOf(name) === before) this.checks.threw(process, error);
      };
    };
    const disturbed = (ids: readonly string[]) => this.checks.disturbed(ids);
    return new LambdaFunction({
      ...{ world: this.world, name, timeout: SYSTEM_TIMEOUT, boot, watch, disturbed },
    });
  }

  #options(process: Process): SystemOptions {
    const { clock, chance } = process;
    const logger = loggerOf(this.world, process);
    // The name by which Lambda tells sandboxes apart.
    const env = { ...this.#environment, AWS_LAMBDA_LOG_STREAM_NAME: process.name };
    return { clock, chance, logger, env, ...this.#awsFor(process) };
  }

  #awsFor(process: Process): AwsClients {
    const { clients, giveBack } = lendClients(
      process,
      (call) => this.wire.send(call),
      jobsIn(this.world.names, this),
    );
    this.#lent.push(giveBack);
    return clients;
  }
}

/** What every function of the system is given. */
interface SystemOptions extends AwsClients, Pick<Process, 'clock' | 'chance'> {
  readonly logger: LoggerFactory;
  readonly env: Environment;
}

/** Log lines of warnings and errors are part of the story. */
function loggerOf(world: World, process: Process): LoggerFactory {
  const nothing = () => undefined;
  if (!world.story.told) {
    const silent: JobLogger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    return { ...silent, child: () => silent };
  }
  const about = (jobs: readonly string[]): JobLogger => {
    const line = (message: string, extra?: object) =>
      world.tell(process.name, () => `logs: ${message} ${extra ? JSON.stringify(extra) : ''}`, jobs);
    return { debug: nothing, info: nothing, warn: line, error: line };
  };
  return { ...about([]), child: ({ job_id }) => about([job_id]) };
}
