import { randomUUID } from 'node:crypto';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateScheduleGroupCommand } from '@aws-sdk/client-scheduler';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { type Catalog, PRIORITIES, type Priority } from '../../lib/contract/index.ts';
import { type Engine, startDynoxide } from '../../lib/local/engines/index.ts';
import { type LocalScheduler, startScheduler } from '../../lib/local/scheduler/index.ts';
import { TABLE_SHAPE } from '../../lib/state/index.ts';
import { ManualClock } from '../clock/manual-clock.ts';
import { startTimedSqs } from '../clock/timed-sqs.ts';
import { Stand, type StandOptions } from './stand.ts';
import { Traffic } from './traffic.ts';
import { type Endpoints, REGION, Wire, type WireOptions } from './wire.ts';

export interface Queue {
  readonly url: string;
  readonly arn: string;
}

/** The engines of a test file and the clock that they and the code under test go by. */
export class Lab implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly endpoints: Endpoints;
  readonly traffic = new Traffic();
  /** Calls that no test counts. */
  readonly wire: Wire;
  readonly scheduler: LocalScheduler;
  readonly #engines: readonly Engine[];
  readonly #wires: Wire[] = [];
  #stands = 0;

  private constructor(given: {
    clock: ManualClock;
    dynamodb: Engine;
    sqs: Engine;
    scheduler: LocalScheduler;
  }) {
    const { clock, dynamodb, sqs, scheduler } = given;
    this.clock = clock;
    this.scheduler = scheduler;
    this.#engines = [scheduler, dynamodb, sqs];
    this.endpoints = {
      ...{ dynamodb: dynamodb.endpoint, sqs: sqs.endpoint, scheduler: scheduler.endpoint },
    };
    this.wire = this.open();
  }

  static async start(): Promise<Lab> {
    const clock = new ManualClock();
    const dynamodb = await startDynoxide();
    const sqs = await startTimedSqs({ clock, region: REGION });
    const scheduler = await startScheduler({ clock, sqsEndpoint: sqs.endpoint, region: REGION });
    return new Lab({ clock, dynamodb, sqs, scheduler });
  }

  /** A deployment of its own for one test: a table with its stream, a queue for each priority. */
  async stand<C extends Catalog>(options: StandOptions<C>): Promise<Stand<C>> {
    this.#stands += 1;
    const tableName = `Jobs-${randomUUID()}`;
    const group = `one-time-${tableName}`;
    const [queues, schedulerDeadLetters] = await Promise.all([
      this.queues({ VisibilityTimeout: '120' }),
      this.queue({ VisibilityTimeout: '60' }, 'scheduler-dead-letters'),
      this.#createTable(tableName),
      this.wire.scheduler.send(new CreateScheduleGroupCommand({ Name: group })),
    ]);
    const schedules = { group, deadLetters: schedulerDeadLetters };
    return new Stand({ lab: this, tableName, queues, schedules, seed: this.#stands, options });
  }

  /** Lets time pass. Resolves when what was due on the way was sent. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.scheduler.settled();
  }

  /** The clients of a process. */
  open(options: Pick<WireOptions, 'crash' | 'maxAttempts'> = {}): Wire {
    const wire = new Wire({ ...options, endpoints: this.endpoints, traffic: this.traffic });
    this.#wires.push(wire);
    return wire;
  }

  async queues(attributes: Record<string, string> = {}): Promise<Record<Priority, Queue>> {
    const entries = PRIORITIES.map(async (priority) => [priority, await this.queue(attributes, priority)]);
    return Object.fromEntries(await Promise.all(entries)) as Record<Priority, Queue>;
  }

  async queue(attributes: Record<string, string>, name = 'queue'): Promise<Queue> {
    const QueueName = `${name}-${randomUUID()}`;
    const { QueueUrl: url = '' } = await this.wire.sqs.send(
      new CreateQueueCommand({ QueueName, Attributes: attributes }),
    );
    return { url, arn: `arn:aws:sqs:${REGION}:000000000000:${QueueName}` };
  }

  async #createTable(name: string): Promise<void> {
    await this.wire.dynamodb.send(
      new CreateTableCommand({
        TableName: name,
        ...TABLE_SHAPE,
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const wire of this.#wires) wire.close();
    await Promise.all(this.#engines.map((engine) => engine[Symbol.asyncDispose]()));
  }
}
