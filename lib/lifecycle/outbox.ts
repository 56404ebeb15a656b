import type { DynamoDBRecord } from 'aws-lambda';
import type { Chance } from '../contract/index.ts';
import type { Dispatcher } from '../dispatch/index.ts';
import type { LoggerFactory } from '../observe/index.ts';
import { envelopeOf, type Item, type JobRecord, type JobTable, readRecord } from '../state/index.ts';
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
 */
export function dispatchAsked({ dynamodb }: DynamoDBRecord): JobRecord | undefined {
  if (!dynamodb?.NewImage) return undefined;
  const now = readRecord(dynamodb.NewImage as Item);
  const before = dynamodb.OldImage && readRecord(dynamodb.OldImage as Item);
  const asked = now.out !== undefined && now.out === now.dispatch && before?.out !== now.out;
  return asked ? now : undefined;
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
