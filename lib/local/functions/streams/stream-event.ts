import { isDeepStrictEqual } from 'node:util';
import type { WireRecord } from './stream-api.ts';

/** A record as Lambda hands it to a function. */
export interface StreamRecord extends WireRecord {
  readonly eventSource: 'aws:dynamodb';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/** What Lambda makes of a record: source and Region added, and the names of who did it in lower case. */
export function streamRecord(options: {
  record: WireRecord;
  streamArn: string;
  region: string;
}): StreamRecord {
  const { record, streamArn, region } = options;
  const { userIdentity: identity, ...rest } = record;
  return {
    ...rest,
    eventVersion: record.eventVersion ?? '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    eventSourceARN: streamArn,
    ...(identity && {
      userIdentity: {
        type: identity['type'] ?? identity['Type'] ?? '',
        principalId: identity['principalId'] ?? identity['PrincipalId'] ?? '',
      },
    }),
  };
}

/**
 * Whether a write changed nothing: DynamoDB makes no record of it, dynoxide does.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
 */
export function changedNothing({ dynamodb: { NewImage, OldImage } }: WireRecord): boolean {
  return NewImage !== undefined && OldImage !== undefined && isDeepStrictEqual(NewImage, OldImage);
}

export function sequenceNumber(record: WireRecord): string {
  return record.dynamodb.SequenceNumber;
}

/** Milliseconds since the epoch. */
export function createdAt(record: WireRecord): number {
  return record.dynamodb.ApproximateCreationDateTime * 1000;
}
