import { isObject, type Json } from '../template/index.ts';
import type { ArnBook, Requirement } from './recorded-call.ts';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html: batches have no action of their own. */
const ACTION_OF_BATCH: Readonly<Record<string, string>> = {
  SendMessageBatch: 'SendMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
};

export function sqsRequirements(options: { operation: string; body: Json; arns: ArnBook }): Requirement[] {
  const { operation, body, arns } = options;
  const action = `sqs:${ACTION_OF_BATCH[operation] ?? operation}`;
  const queue = isObject(body) ? (body['QueueUrl'] ?? body['QueueName']) : undefined;
  return [{ action, resource: typeof queue === 'string' ? arns.queue(queue) : '*' }];
}
