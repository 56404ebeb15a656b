import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { createSqsClient } from '../../lib/dispatch/index.ts';
import { localCredentials } from '../../lib/local/engines/index.ts';
import { CrashPlan } from './crash-plan.ts';
import type { Traffic } from './traffic.ts';

export const REGION = 'us-east-1';

export interface Endpoints {
  readonly dynamodb: string;
  readonly sqs: string;
  readonly scheduler: string;
}

export interface WireOptions {
  readonly endpoints: Endpoints;
  readonly traffic: Traffic;
  readonly crash?: CrashPlan;
  /** Tries of one call; 1 shows each fault at once. */
  readonly maxAttempts?: number;
}

/** What every client of the SDK is. */
interface Sender {
  send(command: Command): Promise<unknown>;
}

interface Command {
  readonly input: object;
}

/** One call of an AWS API: `UpdateItem` and what it was asked. */
export interface Call {
  readonly name: string;
  readonly input: object;
}

/** The AWS clients of one process, and the process's life: once it is killed, none of its calls leaves or returns. */
export class Wire {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly scheduler: SchedulerClient;
  /** Each call, in the order in which they were made. */
  readonly calls: Call[] = [];
  readonly #crash: CrashPlan;
  readonly #traffic: Traffic;
  #killed = false;

  constructor({ endpoints, traffic, crash = new CrashPlan(), maxAttempts = 1 }: WireOptions) {
    const common = { region: REGION, credentials: localCredentials, maxAttempts };
    this.#crash = crash;
    this.#traffic = traffic;
    this.dynamodb = new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb });
    this.sqs = createSqsClient({ ...common, endpoint: endpoints.sqs });
    this.scheduler = new SchedulerClient({ ...common, endpoint: endpoints.scheduler });
    const clients: readonly unknown[] = [this.dynamodb, this.sqs, this.scheduler];
    for (const client of clients as readonly Sender[]) {
      const send = client.send.bind(client);
      client.send = (command) => this.#pass(command, () => send(command));
    }
  }

  get killed(): boolean {
    return this.#killed;
  }

  /** The names of the calls. */
  get names(): string[] {
    return this.calls.map(({ name }) => name);
  }

  /** Ends the process: whatever it still does has no effect. */
  kill(): void {
    this.#killed = true;
  }

  close(): void {
    this.dynamodb.destroy();
    this.sqs.destroy();
    this.scheduler.destroy();
  }

  async #pass(command: Command, send: () => Promise<unknown>): Promise<unknown> {
    if (this.#killed) return never();
    this.calls.push({ name: command.constructor.name.replace(/Command$/, ''), input: command.input });
    const crash = this.#crash.next();
    if (crash === 'before') return this.#die();
    const answer = await this.#traffic.during(send);
    if (crash === 'after') return this.#die();
    return this.#killed ? never() : answer;
  }

  #die(): Promise<never> {
    this.kill();
    return never();
  }
}

/** What a process that is gone waits for. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}
