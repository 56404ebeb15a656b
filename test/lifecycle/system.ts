import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord } from 'aws-lambda';
import { ENV } from '../../lib/contract/index.ts';
import { createLifecycle, createRecorder } from '../../lib/lifecycle/index.ts';
import { streamRecords } from '../worker/history.ts';
import { deliver, type Invoked, receive } from '../worker/invoke.ts';
import type { Lab, Queue } from '../worker/lab.ts';
import { type Line, recordedLog } from '../worker/recorded-log.ts';
import type { Stand, StandOptions } from '../worker/stand.ts';
import type { Wire } from '../worker/wire.ts';
import { catalog } from '../worker/work.ts';

export type WorkStand = Stand<typeof catalog>;

/** A deployment with the system's own functions, for one test. */
export class System {
  readonly stand: WorkStand;
  readonly deadLetters: Queue;
  /** The calls of the lifecycle function and of the recorder. */
  readonly wire: Wire;
  readonly lines: Line[];
  readonly #lifecycle: ReturnType<typeof createLifecycle>;
  readonly #recorder: ReturnType<typeof createRecorder>;
  #followed = 0;

  private constructor({ stand, deadLetters }: { stand: WorkStand; deadLetters: Queue }) {
    this.stand = stand;
    this.deadLetters = deadLetters;
    this.wire = stand.lab.open();
    const { logger, lines } = recordedLog();
    this.lines = lines;
    const { dynamodb, sqs, scheduler } = this.wire;
    const env = { ...stand.environment, [ENV.messageRetention]: '1209600' };
    const options = { env, dynamodb, sqs, scheduler, logger, clock: stand.lab.clock, chance: stand.chance };
    this.#lifecycle = createLifecycle(options);
    this.#recorder = createRecorder(options);
  }

  static async of(
    lab: Lab,
    options: Partial<Pick<StandOptions<typeof catalog>, 'handlers' | 'crash' | 'concurrency'>> = {},
  ): Promise<System> {
    const stand = await lab.stand({ catalog, handlers: { work: () => undefined }, ...options });
    const deadLetters = await lab.queue({ VisibilityTimeout: '60' }, 'dead-letters');
    return new System({ stand, deadLetters });
  }

  /** Hands the lifecycle function these records: all that the stream has, where none are given. */
  async follow(records?: readonly DynamoDBRecord[]): Promise<string[]> {
    const { lab, tableName } = this.stand;
    const Records = [...(records ?? (await streamRecords(lab, tableName)))];
    const { batchItemFailures } = await this.#lifecycle({ Records });
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  }

  /** Hands the lifecycle function what came to the stream since the last time. */
  async followNew(): Promise<string[]> {
    const all = await streamRecords(this.stand.lab, this.stand.tableName);
    const fresh = all.slice(this.#followed);
    this.#followed = all.length;
    return this.follow(fresh);
  }

  /** Loses what came to the stream since the last time. */
  async skipNew(): Promise<void> {
    this.#followed = (await streamRecords(this.stand.lab, this.stand.tableName)).length;
  }

  /** Puts a message into the dead-letter queue. */
  async send(body: string): Promise<void> {
    const { sqs } = this.stand.lab.wire;
    await sqs.send(new SendMessageCommand({ QueueUrl: this.deadLetters.url, MessageBody: body }));
  }

  /** Has the recorder take what lies in the dead-letter queue. */
  async record(): Promise<Invoked> {
    const { lab } = this.stand;
    const received = await receive(lab.wire.sqs, this.deadLetters, 10);
    const [handler, queue, wire] = [this.#recorder, this.deadLetters, this.wire];
    return deliver({ handler, received, queue, wire, lab, remaining: 900_000 });
  }

  get sent(): number {
    return this.wire.names.filter((name) => name === 'SendMessage').length;
  }
}
