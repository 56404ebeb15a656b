import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Clock, LIMITS, resourceError } from '../contract/index.ts';

/** A message as an SQS event source delivered it. */
export interface Received {
  readonly eventSourceARN: string;
  readonly receiptHandle: string;
}

/** Says when a message that is not deleted comes back. */
export class Visibility {
  readonly #client: SQSClient;
  readonly #clock: Clock;

  constructor({ client, clock }: { client: SQSClient; clock: Clock }) {
    this.#client = client;
    this.#clock = clock;
  }

  /**
   * Has the message come back at `until` (milliseconds since the epoch), within what SQS allows: at once to 12 hours
   * after it was received (ChangeMessageVisibility, API reference).
   */
  async leave({ eventSourceARN, receiptHandle }: Received, until: number): Promise<void> {
    const seconds = Math.ceil((until - this.#clock.now()) / 1000);
    // A minute is kept off the 12 hours: they count from the receive, which lies behind us.
    const most = LIMITS.sqsVisibility / 1000 - 60;
    const QueueUrl = queueUrlOf(eventSourceARN);
    try {
      await this.#client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: Math.min(Math.max(seconds, 0), most),
        }),
      );
    } catch (error) {
      throw resourceError(error, { resource: 'queue', name: QueueUrl, caller: 'millrace' });
    }
  }
}

/** An event names its queue by ARN only: arn:aws:sqs:eu-west-1:123456789012:name. */
export function queueUrlOf(arn: string): string {
  const [, partition, , region, account, name] = arn.split(':');
  return `https://sqs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}/${account}/${name}`;
}
