import type { Catalog, JobIn, JobPayload, JobResult, JobType, PoolName, Tags } from '../contract/index.ts';
import type { JobLogger } from '../observe/index.ts';

/** What a handler gets besides its payload. */
export interface JobContext {
  readonly id: string;
  readonly type: string;
  readonly tenant: string | undefined;
  readonly correlationId: string | undefined;
  readonly tags: Tags;
  /** Which execution this is, from 1; only executions that ended count. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** When the job was accepted. */
  readonly enqueuedAt: Date;
  /**
   * Aborts shortly before the type's timeout, at the job's deadline, within half a minute of a cancel, and when the lease is
   * lost: hand it to `fetch`, the AWS SDK, and whatever else takes one. Its reason tells which.
   */
  readonly signal: AbortSignal;
  /** When the signal fires at the latest; what is returned within five seconds from then still counts. */
  readonly deadline: Date | undefined;
  /**
   * Says that the attempt goes on: the type's timeout begins anew, as far as the function's own timeout allows, and lease
   * and message visibility with it.
   *
   * @returns the milliseconds that the attempt now has
   * @throws {CancelRequestedError | DeadlinePassedError | LeaseLostError | AttemptTimeoutError} the signal has fired: end the
   *   attempt then
   */
  heartbeat(): Promise<number>;
  /** Writes JSON lines that carry the job's id, type, attempt, tenant and correlation id. */
  readonly logger: JobLogger;
}

/**
 * Executes one job type. Returning succeeds; throw `Retry`, `Snooze` or `Fail` for those outcomes; anything else that is
 * thrown is retried by the type's policy. A job may run more than once: side effects want an idempotency key (`context.id`).
 */
export type Handler<J extends JobType> = (
  payload: JobPayload<J>,
  context: JobContext,
) => Promise<JobResult<J>> | JobResult<J>;

/** One handler for each job type of the pools that a worker serves. */
export type Handlers<C extends Catalog, P extends PoolName<C> = PoolName<C>> = {
  // Keyed by names, not by types renamed: only so does the compiler type a handler that is written in place.
  readonly [N in Extract<JobIn<C>, { readonly pool: P }>['name']]: Handler<
    Extract<JobIn<C>, { readonly name: N }>
  >;
};
