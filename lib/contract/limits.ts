/**
 * Every limit of what goes in, in one place. Where AWS sets the number, its rule is cited.
 */
export const LIMITS = {
  /** Characters of a job type's name. */
  nameLength: 100,
  /** SQS: MessageGroupId has at most 128 characters (SendMessage, API reference). */
  tenantLength: 128,
  idempotencyKeyLength: 512,
  correlationIdLength: 128,
  tags: 10,
  tagKeyLength: 64,
  tagValueLength: 256,
  /** Characters of who did something to a job, and of why. */
  byLength: 200,
  whyLength: 2_000,
  /**
   * Bytes of a payload or a result as JSON. DynamoDB: an item has at most 400 KB (409,600 bytes) with its attribute
   * names; the rest is room for keys. It also fits an SQS message (1,048,576 bytes).
   */
  payloadBytes: 350 * 1024,
  /**
   * Arrays and objects within each other, in a payload or a result. JSON.parse follows any depth; JSON.stringify ends at the
   * stack's, at about 4,400 on Node 24 (Lambda) and at another on others: what one enqueues, another has to send.
   */
  payloadLevels: 500,
  /** SQS: DelaySeconds is 0 to 900 (SendMessage, API reference). In milliseconds. */
  sqsDelay: 900_000,
  /** SQS: a message, and all messages of a batch together, have at most 1,048,576 bytes. */
  sqsBatchBytes: 1_048_576,
  /** SQS: a batch has at most 10 entries. */
  sqsBatchEntries: 10,
  /** SQS: a message can stay invisible for at most 12 hours after it was received. In milliseconds. */
  sqsVisibility: 43_200_000,
  /** DynamoDB: BatchExecuteStatement takes at most 25 statements. */
  batchStatements: 25,
  /**
   * Characters of an id, a generation, a nonce, a token. DynamoDB: a sort key has at most 1,024 bytes, and these stand in
   * some with 3 bytes a character at most.
   */
  idLength: 256,
  /** Dispatches, attempts, lapses: no job gets this far, and from twice 2^52 on one more is no other number. */
  count: 1_000_000_000_000,
  /** Milliseconds since the epoch: the last moment that a `Date` can be. */
  time: 8_640_000_000_000_000,
  version: 1_000_000,
  maxAttempts: 100,
  /** Milliseconds. Lambda: a function runs for at most 900 s; the rest is room to claim and settle. */
  minTimeout: 1_000,
  maxTimeout: 840_000,
  /** Milliseconds: a type's deadline that no job could keep is a mistake. */
  minDeadline: 1_000,
  /** Milliseconds: the longest delay that a retry or a snooze may ask for. */
  maxPostpone: 366 * 86_400_000,
  /** Milliseconds: the furthest away that a job may be enqueued for, ten years. */
  maxDelay: 3_653 * 86_400_000,
  /** EventBridge Scheduler: a target's Input has at most 256 KB (262,144 bytes; User Guide, "Quotas"). */
  scheduleInputBytes: 262_144,
  /** EventBridge Scheduler: a target is tried up to 185 times again (RetryPolicy, API reference). */
  scheduleRetries: 185,
  /** EventBridge Scheduler: a schedule's name has at most 64 characters (CreateSchedule, API reference). */
  scheduleNameLength: 64,
  /** EventBridge Scheduler: Description has at most 512 characters (CreateSchedule, API reference). */
  scheduleDescription: 512,
  /** Milliseconds: no message is older (SQS keeps one for 14 days at most). */
  tickMaxAge: 14 * 86_400_000,
  /** Schedules that one tenant may have, unless its client says otherwise. */
  schedulesOfTenant: 100,
  /** Ticks of one schedule that may wait for its running job (overlap `queue`). */
  waitingTicks: 100,
  /** Firings that one backfill may make up for. */
  backfill: 1_000,
} as const;

/** Names of job types and pools: they become metric dimensions, log fields and parts of construct ids. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** SQS: a MessageGroupId holds alphanumeric characters and ASCII punctuation, no space. */
export const TENANT_PATTERN = /^[!-~]+$/;
/** Printable, no control characters: keys and ids are shown in terminals and logs. */
export const TEXT_PATTERN = /^[^\p{Cc}\p{Cs}]+$/u;
/** What people say of a job, in sentences and lines: all but half of a character, which UTF-8 cannot hold. */
export const WELL_FORMED_PATTERN = /^\P{Cs}+$/u;
