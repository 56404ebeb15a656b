import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { batchFrom, order, price, schema } from './job.ts';
import type { Side } from './measure.ts';
import type { SubjectOptions } from './millrace.ts';
import { lambdaContext, sqsEvent } from './sqs-event.ts';

/**
 * What a team writes with Powertools for AWS Lambda: a batch processor with partial responses, idempotency in a table,
 * the payload parsed by its schema, a line logged a job. No job record, no lease, no priorities, no retries of its own.
 */
export function powertoolsSides({ dynamodb, sqs, table, queue, run }: SubjectOptions): {
  client: Side;
  worker: Side;
} {
  const logger = new Logger({ serviceName: 'bench' });
  const persistenceStore = new DynamoDBPersistenceLayer({
    tableName: table,
    awsSdkV3Client: dynamodb,
    keyAttr: 'pk',
  });
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'key' });
  config.registerLambdaContext(lambdaContext);
  const run1 = makeIdempotent(
    async ({ order }: { key: string; order: unknown }) => {
      const result = price(schema.parse(order));
      logger.info('job done', { order });
      return result;
    },
    { persistenceStore, config, dataIndexArgument: 0 },
  );
  const processor = new BatchProcessor(EventType.SQS);
  const recordHandler = (record: SQSRecord) => run1(JSON.parse(record.body));
  const body = (n: number) => JSON.stringify({ key: `${run}-${n}`, order: order(n) });
  return {
    async client(first) {
      const Entries = batchFrom(first).map((n) => ({ Id: String(n), MessageBody: body(n) }));
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue, Entries }));
      if (Failed.length > 0) throw new Error(`${Failed.length} messages were not sent`);
    },
    async worker(first) {
      const event = sqsEvent(batchFrom(first).map(body));
      const { batchItemFailures } = await processPartialResponse(event, recordHandler, processor, {
        context: lambdaContext,
      });
      if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} jobs failed`);
    },
  };
}
