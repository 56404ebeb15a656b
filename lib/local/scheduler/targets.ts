import { SendMessageCommand, type SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { localCredentials } from '../engines/index.ts';
import type { Schedule } from './schedule.ts';
import { targetKind } from './target-arn.ts';

/** Invokes a function of the local cloud; resolves when the event is accepted, whatever the function makes of it. */
export type InvokeFunction = (functionArn: string, event: unknown) => Promise<void>;

export interface TargetsOptions {
  readonly sqsEndpoint: string;
  readonly region: string;
  readonly invokeFunction: InvokeFunction | undefined;
}

/** Hands events to queues and functions. */
export class Targets implements Disposable {
  readonly #sqs: SQSClient;
  readonly #endpoint: string;
  readonly #invokeFunction: InvokeFunction | undefined;

  constructor({ sqsEndpoint, region, invokeFunction }: TargetsOptions) {
    this.#endpoint = sqsEndpoint;
    this.#invokeFunction = invokeFunction;
    this.#sqs = new SQSClient({
      region,
      endpoint: sqsEndpoint,
      credentials: localCredentials,
      // A queue URL may be the recorder's, whose book is of the functions' calls alone.
      useQueueUrlAsEndpoint: false,
      // Retries are the schedule's.
      maxAttempts: 1,
    });
  }

  /** @throws what the service refused, or that there is no such function */
  async send({ settings: { Target } }: Schedule, input: string): Promise<void> {
    switch (targetKind(Target.Arn)) {
      case 'sqs:sendMessage':
        await this.#sqs.send(new SendMessageCommand(JSON.parse(input) as SendMessageCommandInput));
        return;
      case 'queue': {
        const group = Target.SqsParameters?.MessageGroupId;
        await this.sendTo(Target.Arn, { MessageBody: input, ...(group && { MessageGroupId: group }) });
        return;
      }
      case 'function':
        if (!this.#invokeFunction) throw new TypeError('this Scheduler was given no functions to invoke');
        await this.#invokeFunction(Target.Arn, JSON.parse(input));
        return;
      case undefined:
        throw new TypeError(`${Target.Arn} is no target that is emulated`);
    }
  }

  /** Sends to the queue of an ARN. */
  async sendTo(queueArn: string, message: Omit<SendMessageCommandInput, 'QueueUrl'>): Promise<void> {
    const [account, name] = queueArn.split(':').slice(4);
    await this.#sqs.send(
      new SendMessageCommand({ QueueUrl: `${this.#endpoint}/${account}/${name}`, ...message }),
    );
  }

  [Symbol.dispose](): void {
    this.#sqs.destroy();
  }
}
