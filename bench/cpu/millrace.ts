import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SendMessageBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { MillraceClient } from '../../lib/client/index.ts';
import { ENV } from '../../lib/contract/index.ts';
import { createWorker } from '../../lib/worker/index.ts';
import { BATCH, batchFrom, catalog, order, price } from './job.ts';
import type { Side } from './measure.ts';
import { lambdaContext, sqsEvent } from './sqs-event.ts';

export interface SubjectOptions {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly table: string;
  readonly queue: string;
  /** Tells the keys of one run from those of another. */
  readonly run: string;
}

/** Millrace, with all that its promises need: a record a job, a lease, an outcome. */
export function millraceSides(options: SubjectOptions): { client: Side; worker: Side } {
  const { dynamodb, sqs, table, queue, run } = options;
  const queues = { default: { normal: queue } };
  const client = new MillraceClient({ catalog, tableName: table, queues, dynamodb, sqs });
  const env = {
    [ENV.table]: table,
    [ENV.queues]: JSON.stringify(queues),
    [ENV.pool]: 'default',
    [ENV.concurrency]: String(BATCH),
    [ENV.retention]: '2592000',
    [ENV.deadRetention]: '7776000',
  };
  const worker = createWorker(catalog, { 'order.price': price }, { env, dynamodb, sqs });
  const sent = keepBodies(sqs);
  return {
    async client(first) {
      const entries = batchFrom(first).map((n) => ({
        job: 'order.price' as const,
        payload: order(n),
        options: { idempotencyKey: `${run}-${n}` },
      }));
      for (const result of await client.enqueueMany(entries)) if (!result.ok) throw result.error;
    },
    async worker(first) {
      const event = sqsEvent(sent.slice(first, first + BATCH));
      const { batchItemFailures } = await worker(event, lambdaContext);
      if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} jobs were not settled`);
    },
  };
}

/** The bodies as the client sent them: receiving them is Lambda's work, not the worker's, and costs neither subject. */
function keepBodies(sqs: SQSClient): string[] {
  const bodies: string[] = [];
  sqs.middlewareStack.add(
    (next) => (args) => {
      const { Entries = [] } = args.input as SendMessageBatchCommandInput;
      for (const { MessageBody = '' } of Entries) bodies.push(MessageBody);
      return next(args);
    },
    { step: 'initialize', name: 'keepBodies' },
  );
  return bodies;
}
