import {
  CreateScheduleGroupCommand,
  SchedulerClient,
  type SchedulerClientConfig,
} from '@aws-sdk/client-scheduler';
import { SendMessageCommand, type SendMessageCommandInput, type SQSClient } from '@aws-sdk/client-sqs';
import type { Chance, Clock } from '../contract/index.ts';
import { queueUrlOf } from '../dispatch/index.ts';
import { localCredentials, Scheduler } from '../local/index.ts';
import type { Activity } from './activity.ts';
import { ACCOUNT, REGION } from './test-queue.ts';

/** The groups that the stack has: one-time schedules, those made at run time, those of the catalog. */
export const GROUPS = { oneTime: 'one-time', runtime: 'runtime', declared: 'declared' } as const;

interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | null>>;
  readonly body?: string | Uint8Array;
}

/** EventBridge Scheduler by the test's clock, and the SDK's own client for it. */
export class TestScheduler implements Disposable {
  readonly client: SchedulerClient;
  readonly #scheduler: Scheduler;

  private constructor(options: { clock: Clock; chance: Chance; sqs: SQSClient; activity: Activity }) {
    const { clock, chance, sqs, activity } = options;
    this.#scheduler = new Scheduler({
      ...{ region: REGION, account: ACCOUNT, clock, chance, onEvent: () => undefined },
      targets: {
        send: async (_schedule, input) => {
          await sqs.send(new SendMessageCommand(JSON.parse(input) as SendMessageCommandInput));
        },
        sendTo: async (arn, message) => {
          await sqs.send(new SendMessageCommand({ QueueUrl: queueUrlOf(arn), ...message }));
        },
      },
    });
    const requestHandler = { handle: async (request: SdkRequest) => ({ response: this.#answer(request) }) };
    this.client = new SchedulerClient({
      ...{ region: REGION, credentials: localCredentials },
      requestHandler: requestHandler as SchedulerClientConfig['requestHandler'],
    } as SchedulerClientConfig);
    this.client.middlewareStack.add(
      (next) => async (args) => {
        using _call = activity.call();
        return await next(args);
      },
      { step: 'initialize', name: 'millraceTestActivity' },
    );
  }

  static async create(options: {
    clock: Clock;
    chance: Chance;
    sqs: SQSClient;
    activity: Activity;
  }): Promise<TestScheduler> {
    const scheduler = new TestScheduler(options);
    for (const Name of Object.values(GROUPS))
      await scheduler.client.send(new CreateScheduleGroupCommand({ Name }));
    return scheduler;
  }

  [Symbol.dispose](): void {
    this.#scheduler[Symbol.dispose]();
    this.client.destroy();
  }

  #answer({ method, path, query = {}, body = '' }: SdkRequest) {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) parameters.append(name, String(value ?? ''));
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
    const answer = this.#scheduler.answer({ method, url: `${path}?${parameters}`, body: text });
    return {
      statusCode: answer.status,
      headers: {
        'content-type': 'application/json',
        ...(answer.errorType !== undefined && { 'x-amzn-errortype': answer.errorType }),
      },
      body: new Uint8Array(Buffer.from(JSON.stringify(answer.body))),
    };
  }
}
