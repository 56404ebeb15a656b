import type { Priority } from './priority.ts';
import type { Overlap } from './schedule.ts';

/** What holds where a job type, the stack or a call says nothing. Durations in milliseconds. */
export const DEFAULTS = {
  version: 1,
  pool: 'default',
  priority: 'normal' satisfies Priority,
  /** One attempt's time. */
  timeout: 60_000,
  maxAttempts: 10,
  /** The first retry's longest wait; it doubles with each attempt. */
  backoffBase: 2_000,
  /** The longest wait between two attempts. */
  backoffCap: 600_000,
  /** A lease outlives the type's timeout by this: time to settle, and for clocks to differ. */
  leaseMargin: 15_000,
  /** How often a worker looks whether a running job's lease is still its own and no cancel was requested. */
  beat: 15_000,
  /** What an invocation must have left beyond a type's timeout before a job of it is claimed. */
  settleReserve: 5_000,
  /** The signal fires this long before the timeout, or at nine tenths of it, whichever is later. */
  signalLead: 5_000,
  /** Executions that may end without an outcome (crash, out of memory, lost lease) before the job is dead. */
  lapseLimit: 3,
  /** Times that the recorder brings a job back from a dead-letter queue before the job is dead. */
  hopLimit: 5,
  /** How long a job waits that it brings back, by the times it was before; what keeps workers from it may last hours. */
  hopWaits: [0, 300_000, 1_200_000, 4_800_000, 19_200_000],
  /** How long the sweeper takes at least for a round over the whole table. */
  sweepRound: 86_400_000,
  /** How long EventBridge Scheduler tries to send a dispatch that is due: a day, its most (RetryPolicy, API reference). */
  scheduleEventAge: 86_400_000,
  /** Jobs that one run of the sweeper ends at most because their deadline passed. */
  overdueLimit: 10_000,
  /** How long a job that the running build cannot run waits for the deploy to finish. */
  unknownTypeDelay: 30_000,
  /** The longest such wait: it grows with the job's age. */
  unknownTypeCap: 900_000,
  /** How long no build can run a job at most, with no claim in between, before it is dead: SQS's longest retention. */
  unknownTypeLimit: 14 * 86_400_000,
  /** How long an unreadable message stays away: short, so that it reaches the dead-letter queue soon. */
  unreadableDelay: 1_000,
  /** How long a message stays away that a worker could not claim or had to release; it doubles with each receive. */
  releaseDelay: 1_000,
  /** The longest such wait. */
  releaseCap: 300_000,
  /**
   * From this receive of its message on, a job that found no time goes first where it lapsed before, and gets another message
   * where it finds none again: well before the `maxReceiveCount` of 10 that would make it a dead letter.
   */
  starvedReceives: 4,
  /** Jobs of one batch that run at the same time. */
  concurrency: 10,
  /** How long records of ended jobs are kept; dead ones longer, for people to look at. */
  retention: 30 * 86_400_000,
  deadRetention: 90 * 86_400_000,
  /** Of a schedule whose expression is a cron. */
  timeZone: 'UTC',
  overlap: 'allow' satisfies Overlap,
  /**
   * A tick that comes later makes no job. EventBridge Scheduler itself tries for 24 hours at most; a daily job thus survives
   * an outage of a day.
   */
  tickMaxAge: 86_400_000,
} as const;
