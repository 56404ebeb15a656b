import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Engine, localCredentials, startFauxqs } from '../../../lib/local/engines/index.ts';
import {
  type LocalScheduler,
  type SchedulerEvent,
  type SchedulerOptions,
  startScheduler,
} from '../../../lib/local/scheduler/index.ts';
import { ManualClock } from '../../clock/manual-clock.ts';
import { seededChance } from '../../clock/seeded-chance.ts';

export const REGION = 'eu-west-1';
export const ROLE = 'arn:aws:iam::000000000000:role/scheduler';
export const SEND_MESSAGE = 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage';
export const OFF = { Mode: 'OFF' } as const;

type Creation = Partial<Omit<CreateScheduleCommandInput, 'Target'>>;

/** A Scheduler on a clock of the test's, in front of a real SQS engine, and unmodified clients of both. */
export class SchedulerFixture implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly scheduler: LocalScheduler;
  readonly client: SchedulerClient;
  readonly sqs: SQSClient;
  readonly events: SchedulerEvent[];
  readonly #engine: Engine;
  #queues = 0;

  static async start(options: Partial<SchedulerOptions> = {}): Promise<SchedulerFixture> {
    const engine = await startFauxqs({ region: REGION });
    const clock = new ManualClock();
    const events: SchedulerEvent[] = [];
    const scheduler = await startScheduler({
      sqsEndpoint: engine.endpoint,
      region: REGION,
      clock,
      chance: seededChance(7),
      onEvent: (event) => events.push(event),
      ...options,
    });
    return new SchedulerFixture({ engine, clock, scheduler, events });
  }

  private constructor(parts: {
    engine: Engine;
    clock: ManualClock;
    scheduler: LocalScheduler;
    events: SchedulerEvent[];
  }) {
    const { engine, clock, scheduler, events } = parts;
    this.#engine = engine;
    this.clock = clock;
    this.scheduler = scheduler;
    this.events = events;
    const common = { region: REGION, credentials: localCredentials, maxAttempts: 1 };
    this.client = new SchedulerClient({ ...common, endpoint: scheduler.endpoint });
    this.sqs = new SQSClient({ ...common, endpoint: engine.endpoint });
  }

  async queue(): Promise<{ name: string; url: string; arn: string }> {
    this.#queues += 1;
    const name = `queue-${this.#queues}`;
    const { QueueUrl: url = '' } = await this.sqs.send(new CreateQueueCommand({ QueueName: name }));
    return { name, url, arn: `arn:aws:sqs:${REGION}:000000000000:${name}` };
  }

  /** A schedule that sends `body` to the queue of `url`. */
  async sends(
    url: string,
    body: string,
    creation: Creation & { readonly Target?: object } = {},
  ): Promise<string> {
    const { Target, ...rest } = creation;
    const input = {
      Name: 'schedule',
      ScheduleExpression: 'rate(1 hour)',
      FlexibleTimeWindow: OFF,
      ...rest,
      Target: {
        Arn: SEND_MESSAGE,
        RoleArn: ROLE,
        Input: JSON.stringify({ QueueUrl: url, MessageBody: body }),
        ...Target,
      },
    };
    const { ScheduleArn = '' } = await this.client.send(new CreateScheduleCommand(input));
    return ScheduleArn;
  }

  /** Everything in the queue, taken out of it, in the order of sending. */
  async received(url: string): Promise<Message[]> {
    const all: Message[] = [];
    for (;;) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
      );
      if (Messages.length === 0) return all;
      all.push(...Messages);
      for (const { ReceiptHandle } of Messages) {
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      }
    }
  }

  async bodies(url: string): Promise<(string | undefined)[]> {
    return (await this.received(url)).map(({ Body }) => Body);
  }

  /** The times of the occurrences that were delivered. */
  delivered(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'delivered' ? new Date(event.scheduledAt).toISOString().replace(':00.000Z', 'Z') : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    this.sqs.destroy();
    await this.scheduler[Symbol.asyncDispose]();
    await this.#engine[Symbol.asyncDispose]();
  }
}
