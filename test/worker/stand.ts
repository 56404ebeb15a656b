import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  ListSchedulesCommand,
} from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, type Message, SendMessageCommand } from '@aws-sdk/client-sqs';
import { type ClientOptions, MillraceClient } from '../../lib/client/index.ts';
import {
  type Catalog,
  type Chance,
  ENV,
  type Environment,
  type Priority,
  readEnvelope,
} from '../../lib/contract/index.ts';
import { type Item, type JobRecord, JobTable, partitionKey, stateItem } from '../../lib/state/index.ts';
import {
  createWorker,
  type Handlers,
  type WorkerHandler,
  type WorkerOptions,
} from '../../lib/worker/index.ts';
import { seededChance } from '../clock/seeded-chance.ts';
import type { CrashPlan } from './crash-plan.ts';
import { deliver, type Invoked, receive } from './invoke.ts';
import type { Lab, Queue } from './lab.ts';
import { type Line, recordedLog } from './recorded-log.ts';
import type { Wire } from './wire.ts';

export interface StandOptions<C extends Catalog> {
  readonly catalog: C;
  readonly handlers: Handlers<C>;
  /** @default 10 */
  readonly concurrency?: number;
  readonly crash?: CrashPlan;
  /** Tries of one AWS call. @default 1 */
  readonly maxAttempts?: number;
  /** @default none */
  readonly process?: WorkerOptions<string>['process'];
}

/** Where the one-time schedules of a stand are, and what could not be sent from there. */
export interface Schedules {
  readonly group: string;
  readonly deadLetters: Queue;
}

interface Invocation {
  /** Milliseconds that the function has. @default 900_000 */
  readonly remaining?: number;
  /** Messages at most. @default 10 */
  readonly count?: number;
  readonly priority?: Priority;
}

/** How much time passes at first when nothing can be received; then ever more. Milliseconds. */
const FIRST_PAUSE = 2_000;

/** A job table, its queues, a producer and a worker for one test. */
export class Stand<C extends Catalog> {
  readonly lab: Lab;
  readonly tableName: string;
  readonly queues: Readonly<Record<Priority, Queue>>;
  readonly schedules: Schedules;
  readonly client: MillraceClient<C>;
  readonly table: JobTable;
  readonly lines: Line[];
  readonly chance: Chance;
  /** Exit codes that the worker asked for. */
  readonly exits: number[] = [];
  readonly #options: StandOptions<C>;
  readonly #logger: ReturnType<typeof recordedLog>['logger'];
  #wire: Wire | undefined;
  #handler: WorkerHandler | undefined;

  constructor(given: {
    lab: Lab;
    tableName: string;
    queues: Readonly<Record<Priority, Queue>>;
    schedules: Schedules;
    seed: number;
    options: StandOptions<C>;
  }) {
    const { lab, tableName, queues, schedules, seed, options } = given;
    const { logger, lines } = recordedLog();
    this.#logger = logger;
    this.lines = lines;
    this.lab = lab;
    this.tableName = tableName;
    this.queues = queues;
    this.schedules = schedules;
    this.chance = seededChance(seed);
    this.#options = options;
    this.client = this.clientOf(options.catalog);
    this.table = new JobTable({ client: lab.wire.dynamodb, tableName });
  }

  /** A producer with a catalog of its own, as of another build. */
  clientOf<Other extends Catalog>(
    catalog: Other,
    options: Pick<ClientOptions<Other>, 'schedulesPerTenant'> = {},
  ): MillraceClient<Other> {
    const { tableName, chance, lab, urls } = this;
    const { dynamodb, sqs } = lab.wire;
    return new MillraceClient({
      ...{ catalog, tableName, dynamodb, sqs, chance, clock: lab.clock, queues: { default: urls } },
      ...options,
    });
  }

  get urls(): Record<Priority, string> {
    const entries = Object.entries(this.queues).map(([priority, { url }]) => [priority, url]);
    return Object.fromEntries(entries) as Record<Priority, string>;
  }

  get environment(): Environment {
    return {
      [ENV.table]: this.tableName,
      [ENV.queues]: JSON.stringify({ default: this.urls }),
      [ENV.pool]: 'default',
      [ENV.concurrency]: String(this.#options.concurrency ?? 10),
      [ENV.retention]: '86400',
      [ENV.deadRetention]: '172800',
      [ENV.oneTimeGroup]: this.schedules.group,
      [ENV.scheduleGroup]: this.schedules.group,
      [ENV.schedulerRole]: 'arn:aws:iam::000000000000:role/scheduler',
      [ENV.schedulerDeadLetters]: this.schedules.deadLetters.arn,
    };
  }

  /** The worker's process: its clients, and so its calls. A new one is started where the last one died. */
  get wire(): Wire {
    if (!this.#wire || this.#wire.killed) this.restart();
    return this.#wire as Wire;
  }

  /** A new execution environment, with nothing in flight. */
  restart(): void {
    const { catalog, handlers, crash, maxAttempts, process } = this.#options;
    const wire = this.lab.open({ crash, maxAttempts });
    this.#wire = wire;
    this.#handler = createWorker(catalog, handlers, {
      ...{ env: this.environment, dynamodb: wire.dynamodb, sqs: wire.sqs },
      ...{ clock: this.lab.clock, chance: this.chance, logger: this.#logger, process },
      exit: (code) => {
        this.exits.push(code);
        wire.kill();
      },
    });
  }

  /** Receives up to ten messages and has the worker run them. */
  async invoke({ count = 10, priority = 'normal', ...rest }: Invocation = {}): Promise<Invoked> {
    const received = await receive(this.lab.wire.sqs, this.queues[priority], count);
    return this.deliver(received, { priority, ...rest });
  }

  /** Has the worker run these messages. */
  async deliver(received: readonly Message[], options: Invocation = {}): Promise<Invoked> {
    const { priority = 'normal', remaining = 900_000 } = options;
    const { wire, lab } = this;
    const handler = this.#handler as WorkerHandler;
    const queue = this.queues[priority];
    return deliver({ handler, received, queue, wire, remaining, lab });
  }

  /** Invokes until the queue holds nothing, neither visible nor delayed nor in flight; time passes where it must. */
  async drain(options: Invocation = {}): Promise<void> {
    let pause = FIRST_PAUSE;
    for (let turns = 0; (await this.#depth(options.priority)) > 0; turns += 1) {
      if (turns > 200) throw new Error('the queue does not drain');
      const { received } = await this.invoke(options);
      pause = received.length === 0 ? Math.min(pause * 3, 45_000) : FIRST_PAUSE;
      if (received.length === 0) this.lab.clock.advance(pause);
    }
  }

  /** The messages that the queue holds now, out of the queue. */
  async messages(priority: Priority = 'normal') {
    const found = await receive(this.lab.wire.sqs, this.queues[priority], 10);
    return found.map((message) => ({ message, envelope: readEnvelope(message.Body ?? '') }));
  }

  /** The one-time schedules that stand. */
  async standing(): Promise<GetScheduleCommandOutput[]> {
    const { scheduler } = this.lab.wire;
    const GroupName = this.schedules.group;
    const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName }));
    return Promise.all(
      Schedules.map(({ Name }) => scheduler.send(new GetScheduleCommand({ Name, GroupName }))),
    );
  }

  async send(body: string, priority: Priority = 'normal'): Promise<void> {
    const QueueUrl = this.queues[priority].url;
    await this.lab.wire.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
  }

  async record(id: string): Promise<JobRecord> {
    const record = await this.table.get(id);
    if (!record) throw new Error(`no job ${id}`);
    return record;
  }

  /** Changes a record, as time or another part might have. */
  async amend(id: string, change: Partial<JobRecord>): Promise<JobRecord> {
    const record: JobRecord = { ...(await this.record(id)), ...change };
    await this.lab.wire.dynamodb.send(
      new PutItemCommand({ TableName: this.tableName, Item: stateItem(record) }),
    );
    return record;
  }

  /** The items of a job besides its record. */
  async parts(id: string): Promise<Item[]> {
    const { Items = [] } = await this.lab.wire.dynamodb.send(
      new QueryCommand({
        TableName: this.tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: partitionKey(id) } },
      }),
    );
    return Items.filter((item) => item['sk']?.S !== 'state');
  }

  async #depth(priority: Priority = 'normal'): Promise<number> {
    const names = [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
    ] as const;
    const { Attributes = {} } = await this.lab.wire.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.queues[priority].url, AttributeNames: [...names] }),
    );
    return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  }
}
