import { isTransient, MillraceError } from '../contract/index.ts';
import type { ListedJob } from './listed.ts';

/** The idempotency key stands for a job with another payload. Nothing was written. */
export class IdempotencyConflictError extends MillraceError {
  static override readonly errorName: string = 'IdempotencyConflictError';
  override readonly code: string = 'IDEMPOTENCY_CONFLICT';

  constructor({ id, type, key }: { id: string; type: string; key: string }) {
    super({
      what: `The idempotency key already stands for a '${type}' job with another payload`,
      got: `key ${JSON.stringify(key)}, job ${id}`,
      expected: 'the same payload for the same tenant, type and key, as long as the record is kept',
      fix: 'use another key for other work, or the first payload for the same work',
      context: { id, type, key },
    });
  }
}

/**
 * AWS could not be reached, or kept refusing, before the job was accepted. It may or may not exist; nobody has promised
 * to run it. With an idempotency key the call can be repeated safely.
 */
export class EnqueueFailedError extends MillraceError {
  static override readonly errorName: string = 'EnqueueFailedError';
  override readonly code: string = 'ENQUEUE_FAILED';
  override readonly retryable: boolean = true;

  constructor({ id, type, step, cause }: { id: string; type: string; step: string; cause: unknown }) {
    super({
      what: `A '${type}' job was not accepted: ${step} failed`,
      got: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause),
      fix: 'enqueue again; give an idempotencyKey so that a first try that did get through is recognised',
      context: { id, type },
      cause,
    });
  }
}

/** There is no record of this id: never enqueued, or expired. */
export class JobNotFoundError extends MillraceError {
  static override readonly errorName: string = 'JobNotFoundError';
  override readonly code: string = 'JOB_NOT_FOUND';

  constructor({ id, tableName }: { id: string; tableName: string }) {
    super({
      what: `There is no job '${id}'`,
      got: `no record in the table ${tableName}`,
      expected: 'the id that enqueue returned, within the retention of ended jobs',
      fix: 'check the id, the table and the Region',
      context: { id, tableName },
    });
  }
}

/** Only a job that has ended can be redriven. */
export class NotRedrivableError extends MillraceError {
  static override readonly errorName: string = 'NotRedrivableError';
  override readonly code: string = 'NOT_REDRIVABLE';

  constructor({ id, status }: { id: string; status: string }) {
    super({
      what: `The job '${id}' cannot be redriven`,
      got: `status ${status}`,
      expected: 'succeeded, dead, cancelled or expired',
      fix: 'wait until the job has ended',
      context: { id, status },
    });
  }
}

/** The job was listed, and became another thing since. It was not redriven: nobody has decided that of what it is now. */
export class MovedOnError extends MillraceError {
  static override readonly errorName: string = 'MovedOnError';
  override readonly code: string = 'MOVED_ON';

  constructor({ id, now, listed }: { id: string; now: ListedJob; listed: ListedJob }) {
    super({
      what: `The job '${id}' is not what it was when it was listed, and was not redriven`,
      got: inShort(now),
      expected: inShort(listed),
      fix: 'look at the job with get; where it is to run again nevertheless, redrive it by its id',
      context: { id, status: now.status, dispatch: now.dispatch },
    });
  }
}

function inShort({ status, dispatch, enqueuedAt }: ListedJob): string {
  return `status ${status}, dispatch ${dispatch}, enqueued at ${enqueuedAt.toISOString()}`;
}

/** The enqueue of a job with a large payload stores it after the record, and has not done so. The job was not redriven. */
export class PayloadNotStoredError extends MillraceError {
  static override readonly errorName: string = 'PayloadNotStoredError';
  override readonly code: string = 'PAYLOAD_NOT_STORED';
  override readonly retryable: boolean = true;

  constructor({ id, status }: { id: string; status: string }) {
    super({
      what: `The job '${id}' cannot be redriven: its payload is not stored`,
      got: `status ${status}, and no payload`,
      expected: 'a job whose enqueue has ended',
      fix: 'wait until its enqueue has ended; where that died, enqueue again, with the same idempotency key if it had one',
      context: { id, status },
    });
  }
}

/** A payload cannot be patched. The job was not redriven. */
export class PatchRefusedError extends MillraceError {
  static override readonly errorName: string = 'PatchRefusedError';
  override readonly code: string = 'PATCH_REFUSED';

  constructor({ id, got, fix, cause }: { id: string; got: string; fix: string; cause?: unknown }) {
    super({
      what: `The payload of the job '${id}' cannot be patched`,
      got,
      expected: 'a payload that the catalog knows, and a patch that makes another one of it',
      fix,
      context: { id },
      cause,
    });
  }
}

/** The job had not ended when the time to wait was over. The job goes on. */
export class WaitTimeoutError extends MillraceError {
  static override readonly errorName: string = 'WaitTimeoutError';
  override readonly code: string = 'WAIT_TIMEOUT';
  override readonly retryable: boolean = true;

  constructor({ id, status, timeout }: { id: string; status: string; timeout: number }) {
    super({
      what: `The job '${id}' has not ended within ${timeout} ms`,
      got: `status ${status}`,
      expected: 'succeeded, dead, cancelled or expired',
      fix: 'wait longer, or look at the job with get: it goes on running',
      context: { id, status, timeout },
    });
  }
}

/** A job that has ended cannot be cancelled any more. */
export class AlreadyEndedError extends MillraceError {
  static override readonly errorName: string = 'AlreadyEndedError';
  override readonly code: string = 'ALREADY_ENDED';

  constructor({ id, status }: { id: string; status: string }) {
    super({
      what: `The job '${id}' has ended already`,
      got: `status ${status}`,
      expected: 'a job that waits or runs',
      fix: 'nothing is left to cancel; what it did has to be undone by other means',
      context: { id, status },
    });
  }
}

/**
 * AWS could not be reached, or kept refusing, in the middle of an operation on a job. It may have been applied, unless
 * `context.applied` is `no`. `retryable` where the cause may pass by itself; credentials that have expired do not.
 */
export class OperationFailedError extends MillraceError {
  static override readonly errorName: string = 'OperationFailedError';
  override readonly code: string = 'OPERATION_FAILED';
  override readonly retryable: boolean;

  constructor(failed: { id: string; step: string; applied?: 'no' | 'unknown'; cause: unknown }) {
    const { id, step, applied = 'unknown', cause } = failed;
    const retryable = isTransient(cause);
    const first = retryable ? '' : 'mend what it names; then ';
    const repeat =
      applied === 'no'
        ? 'repeat the operation: nothing was done'
        : 'look at the job with get, and repeat the operation';
    super({
      what: `An operation on the job '${id}' did not go through: ${step} failed`,
      got: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause),
      fix: `${first}${repeat}`,
      context: { id, step, applied },
      cause,
    });
    this.retryable = retryable;
  }
}
