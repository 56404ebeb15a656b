import type { DynamoDBRecord } from 'aws-lambda';
import type { Chance } from '../contract/index.ts';
import type { Dispatcher } from '../dispatch/index.ts';
import type { LoggerFactory } from '../observe/index.ts';
import {
  envelopeOf,
  type Item,
  type JobRecord,
  type JobTable,
  RecordUnreadableError,
  readRecord,
  STATE,
} from '../state/index.ts';
import { jobLog } from './job-log.ts';

export interface OutboxDeps {
  readonly table: JobTable;
  readonly dispatcher: Dispatcher;
  readonly chance: Chance;
  readonly logger: LoggerFactory;
}

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
  const asked = now.out === now.dispatch && outBefore(dynamodb?.OldImage as Item | undefined) !== now.out;
  return asked ? now : undefined;
}

/** From a record that could not be read nothing was sent: the change that mends it has its dispatch sent. */
function outBefore(image: Item | undefined): number | undefined {
  if (!image) return undefined;
  try {
    return readRecord(image).out;
  } catch (error) {
    if (error instanceof RecordUnreadableError) return undefined;
    throw error;
  }
}

/** Sends a recorded dispatch. */
export async function sendDispatch(
  { table, dispatcher, chance, logger }: OutboxDeps,
  record: JobRecord,
): Promise<void> {
  const log = jobLog(logger, record);
  const payload = await table.payloadOf(record);
  if (payload === undefined) {
    // The record was deleted since, or its enqueue died before the payload was stored and nobody was promised the job.
    log.error('dispatch not sent: the job has no payload', { dispatch: record.dispatch });
    return;
  }
  await dispatcher.send(envelopeOf(record, { nonce: chance.nonce(), payload }));
  log.info('dispatched from the outbox', { dispatch: record.dispatch, status: record.status });
}
