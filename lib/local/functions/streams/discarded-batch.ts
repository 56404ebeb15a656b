import { randomUUID } from 'node:crypto';
import { createdAt, type StreamRecord, sequenceNumber } from './stream-event.ts';

/** Why Lambda gives up on records of a stream. */
export type DiscardCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface DiscardedBatch {
  readonly records: readonly StreamRecord[];
  readonly condition: DiscardCondition;
  /** How often the function was invoked with them. */
  readonly invokeCount: number;
  /** The function ended with an error, rather than by naming failed items. */
  readonly functionError: boolean;
}

/**
 * What an on-failure destination is told: where the records are, not what they hold.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export function destinationMessage(options: {
  batch: DiscardedBatch;
  functionArn: string;
  streamArn: string;
  shardId: string;
  now: number;
}): object {
  const { batch, functionArn, streamArn, shardId, now } = options;
  const { records, condition, invokeCount, functionError } = batch;
  const first = records[0];
  const last = records.at(-1);
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn,
      condition,
      approximateInvokeCount: invokeCount,
    },
    ...(invokeCount > 0 && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(functionError && { functionError: 'Unhandled' }),
      },
    }),
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first && sequenceNumber(first),
      endSequenceNumber: last && sequenceNumber(last),
      approximateArrivalOfFirstRecord: first && toSeconds(createdAt(first)),
      approximateArrivalOfLastRecord: last && toSeconds(createdAt(last)),
      batchSize: records.length,
      streamArn,
    },
  };
}

function toSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
