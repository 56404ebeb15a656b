import type { DynamoDBRecord } from 'aws-lambda';
import type { Scheduled } from '../dispatch/index.ts';
import { type Item, type JobRecord, RecordUnreadableError, readRecord, STATE } from '../state/index.ts';

/**
 * The dispatch that a change of a record asks the outbox to send: when, and only when, `out` names the record's own
 * dispatch and did not before. A record read again from the stream, late or twice, at worst sends a copy.
 *
 * @throws {RecordUnreadableError} the record is not as Millrace writes it
 */
export function dispatchAsked({ dynamodb }: DynamoDBRecord): JobRecord | undefined {
  const image = dynamodb?.NewImage as Item | undefined;
  if (image?.['out'] === undefined || image['sk']?.S !== STATE) return undefined;
  const now = readRecord(image);
  const before = recordBefore(dynamodb?.OldImage as Item | undefined);
  return now.out === now.dispatch && before?.out !== now.out ? now : undefined;
}

/** From a record that could not be read nothing was sent: the change that mends it has its dispatch sent. */
function recordBefore(image: Item | undefined): JobRecord | undefined {
  if (!image) return undefined;
  try {
    return readRecord(image);
  } catch (error) {
    if (error instanceof RecordUnreadableError) return undefined;
    throw error;
  }
}

/**
 * The dispatch that a change of a record takes back, with the one-time schedule that it may stand on: when, and only when,
 * `drop` names one that it did not name before.
 *
 * @throws {RecordUnreadableError} the record is not as Millrace writes it
 */
export function dropAsked({ dynamodb }: DynamoDBRecord): Scheduled | undefined {
  const image = dynamodb?.NewImage as Item | undefined;
  if (image?.['drop'] === undefined || image['sk']?.S !== STATE) return undefined;
  const { id, gen, drop } = readRecord(image);
  const before = recordBefore(dynamodb?.OldImage as Item | undefined);
  if (drop === undefined || (before?.gen === gen && before.drop === drop)) return undefined;
  return { id, gen, dispatch: drop };
}
