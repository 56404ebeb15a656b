import type {
  Catalog,
  DeadlineInput,
  DurationInput,
  JobIn,
  JobInput,
  Priority,
  Tags,
  TimeInput,
} from '../contract/index.ts';

export interface EnqueueOptions {
  /**
   * The customer that the job belongs to: 1 to 128 ASCII letters, digits, punctuation. SQS's fair queues keep a noisy
   * tenant from delaying the others.
   * @default none
   */
  readonly tenant?: string;
  /**
   * Not before this long from now, up to ten years. Up to 15 minutes the message itself waits (SQS: DelaySeconds), to the
   * second; beyond, a one-time schedule of EventBridge Scheduler does, which sends it up to a minute late.
   * @default 0
   */
  readonly delay?: DurationInput;
  /**
   * Not before this time, up to ten years from now: a Date, milliseconds since the epoch, or ISO 8601 with its offset. One
   * that has passed is now. It excludes `delay`.
   * @default now
   */
  readonly runAt?: TimeInput;
  /**
   * The job is not to start at this time or later: it ends `expired` instead. An attempt that runs then is told by its
   * signal. A Date, milliseconds since the epoch or ISO 8601 is a time; a text such as `'2h'` is a duration that counts
   * from now. It must be in the future, and later than the job is due.
   * @default by the type: its `deadline`, if it has one
   */
  readonly deadline?: DeadlineInput;
  /** @default the type's */
  readonly priority?: Priority;
  /**
   * 1 to 512 characters. The same tenant, type and key give the same job, for as long as its record is kept.
   * @default none: every call is a new job
   */
  readonly idempotencyKey?: string;
  /** Up to 10 labels, keys to 64 and values to 256 characters. */
  readonly tags?: Tags;
  /** Stands on every log line of the job: 1 to 128 characters. */
  readonly correlationId?: string;
}

/** An accepted job: durable from now on. It carries its type, so that `wait` knows the result's. */
export interface EnqueuedJob<J = unknown> {
  readonly id: string;
  /** Whether an earlier enqueue with the same idempotency key had made the job. */
  readonly deduplicated: boolean;
  /** Never set: carries the type. */
  readonly job?: J;
}

/** One entry of `enqueueMany`. */
export type EnqueueEntry<C extends Catalog> = {
  [J in JobIn<C> as J['name']]: {
    readonly job: J['name'] | J;
    readonly payload: JobInput<J>;
    readonly options?: EnqueueOptions;
  };
}[JobIn<C>['name']];

/** One result of `enqueueMany`, in the order of the entries. */
export type EnqueueResult =
  | { readonly ok: true; readonly job: EnqueuedJob }
  | { readonly ok: false; readonly error: Error };
