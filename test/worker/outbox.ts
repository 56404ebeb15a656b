import type { DynamoDBRecord } from 'aws-lambda';
import type { Catalog } from '../../lib/contract/index.ts';
import { createLifecycle, type LifecycleHandler } from '../../lib/lifecycle/create-lifecycle.ts';
import type { CrashPlan } from './crash-plan.ts';
import { streamRecords } from './history.ts';
import { answerOf } from './invoke.ts';
import { type Line, recordedLog } from './recorded-log.ts';
import type { Stand } from './stand.ts';
import type { Wire } from './wire.ts';

/** The lifecycle function of a stand, fed with its table's stream as Lambda does. */
export class Outbox {
  readonly lines: Line[];
  readonly #stand: Stand<Catalog>;
  readonly #crash: CrashPlan | undefined;
  readonly #logger: ReturnType<typeof recordedLog>['logger'];
  #wire: Wire | undefined;
  #handler: LifecycleHandler | undefined;
  #followed = 0;

  constructor(stand: unknown, crash?: CrashPlan) {
    this.#stand = stand as Stand<Catalog>;
    this.#crash = crash;
    const { logger, lines } = recordedLog();
    this.#logger = logger;
    this.lines = lines;
  }

  /** The function's process: a new one is started where the last one died. */
  get wire(): Wire {
    if (!this.#wire || this.#wire.killed) this.#restart();
    return this.#wire as Wire;
  }

  get names(): string[] {
    return this.wire.names;
  }

  /** Follows what came to the stream since; what failed, or died, comes again. */
  async follow(): Promise<void> {
    const { lab, tableName } = this.#stand;
    const all = await streamRecords(lab, tableName);
    for (let tries = 0; this.#followed < all.length; tries += 1) {
      if (tries > 20) throw new Error('the stream is stuck');
      this.#followed += await this.#deliver(all.slice(this.#followed));
    }
  }

  /** Hands it the whole stream again, as a replay does. */
  async replay(): Promise<void> {
    this.#followed = 0;
    await this.follow();
  }

  /** Hands it these records; resolves with the first that it wants again. */
  async give(Records: DynamoDBRecord[]): Promise<string | undefined> {
    const done = await this.#deliver(Records);
    return Records[done]?.dynamodb?.SequenceNumber;
  }

  /** How many records are done with. */
  async #deliver(Records: DynamoDBRecord[]): Promise<number> {
    const { wire } = this;
    const { lab } = this.#stand;
    const answer = await answerOf((this.#handler as LifecycleHandler)({ Records }), { wire, lab });
    if (!answer) return 0;
    const [failed] = answer.batchItemFailures;
    if (!failed) return Records.length;
    return Records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === failed.itemIdentifier);
  }

  #restart(): void {
    const { lab, environment: env, chance } = this.#stand;
    this.#wire = lab.open({ crash: this.#crash });
    const { dynamodb, sqs, scheduler } = this.#wire;
    this.#handler = createLifecycle({
      ...{ env, dynamodb, sqs, scheduler, chance, clock: lab.clock, logger: this.#logger },
    });
  }
}
