import { type Chance, type Clock, type Envelope, isFar, MillraceError } from '../contract/index.ts';
import type { Dispatcher, OneTimeSchedules, Scheduled } from '../dispatch/index.ts';
import type { LoggerFactory } from '../observe/index.ts';
import { envelopeOf, type JobRecord, type JobTable, referenceOf } from '../state/index.ts';
import { SchedulerSilentError } from './breaker.ts';
import { jobLog } from './job-log.ts';

export interface OutboxDeps {
  readonly table: JobTable;
  readonly dispatcher: Dispatcher;
  readonly schedules: OneTimeSchedules;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: LoggerFactory;
}

/** Sends a recorded dispatch, or has it sent when it is due. */
export async function sendDispatch(deps: OutboxDeps, record: JobRecord): Promise<void> {
  const { table, dispatcher, clock, chance, logger } = deps;
  const log = jobLog(logger, record);
  const payload = await table.payloadOf(record);
  if (payload === undefined) {
    // The record was deleted since, or its enqueue died before the payload was stored and nobody was promised the job.
    log.error('dispatch not sent: the job has no payload', { dispatch: record.dispatch });
    return;
  }
  const { dispatch, status, runAt } = record;
  const envelope = envelopeOf(record, { nonce: chance.nonce(), payload });
  if (isFar(runAt, clock.now()) && (await scheduled(deps, record, envelope))) {
    log.info('dispatch put on a one-time schedule', {
      dispatch,
      status,
      run_at: new Date(runAt).toISOString(),
    });
    return;
  }
  await dispatcher.send(envelope);
  log.info('dispatched from the outbox', { dispatch, status });
}

/**
 * Puts a far dispatch on a one-time schedule. Where EventBridge Scheduler does not take it, for whatever reason, the message
 * goes by SQS: a quarter of an hour later a worker finds it early, and the outbox tries again. No job is lost by that. Those
 * behind it in the stream wait for as long as an answer is waited for, and no longer.
 */
async function scheduled(
  { schedules, logger }: OutboxDeps,
  record: JobRecord,
  envelope: Envelope,
): Promise<boolean> {
  try {
    const fits = schedules.fits(envelope);
    await schedules.create(fits ? envelope : referenceOf(record, envelope));
    return true;
  } catch (error) {
    const line = { dispatch: record.dispatch, error_message: String(error) };
    const log = jobLog(logger, record);
    if (isLoad(error)) log.warn('no one-time schedule for now: the message goes by SQS, to try again', line);
    else log.error('no one-time schedule: the message goes by SQS, to try again', line);
    return false;
  }
}

/** What passes, or what only a higher quota mends: how EventBridge Scheduler says that it is too much for it. */
const LOAD = new Set([
  ...['ThrottlingException', 'ServiceQuotaExceededException', 'InternalServerException'],
  SchedulerSilentError.errorName,
]);

function isLoad(error: unknown): boolean {
  return error instanceof Error && LOAD.has(error.name);
}

/**
 * Deletes the one-time schedule of a dispatch that was taken back. One that nobody may delete fires in the end, and a
 * worker acknowledges its message; so only what may pass is worth another try.
 */
export async function dropDispatch({ schedules, logger }: OutboxDeps, asked: Scheduled): Promise<void> {
  try {
    await schedules.delete(asked);
  } catch (error) {
    if (!(error instanceof MillraceError) || error.retryable) throw error;
    logger.error('one-time schedule not deleted', {
      job_id: asked.id,
      dispatch: asked.dispatch,
      error_message: String(error),
    });
  }
}
