import type { Priority } from '../contract/index.ts';

/** What holds where the stack's props say nothing. Durations in seconds. */
export const STACK_DEFAULTS = {
  /** Memory of a worker, in MB: Lambda gives CPU in proportion (1,769 MB are one vCPU). */
  workerMemory: 512,
  /** Memory of the lifecycle function, the recorder and the sweeper, in MB. */
  systemMemory: 512,
  /** One invocation of the lifecycle function, the recorder or the sweeper. */
  systemTimeout: 60,
  /** A worker's function outlives the longest type timeout of its pool by this: to start, claim and settle. */
  functionMargin: 30,
  /** A message stays invisible for this much longer than the function may hold it. */
  visibilityMargin: 30,
  batchSize: 10,
  batchWindow: 0,
  /** Invocations at a time for a priority that a job type of the pool declares. */
  maxConcurrency: 10,
  /** The same for a priority that none declares (`enqueue` may still ask for it), and wherever nothing is reserved. */
  idleMaxConcurrency: 2,
  recorderMaxConcurrency: 2,
  /** Minutes between two runs of the sweeper; a round over the table takes a day at least, in as many runs as it needs. */
  sweepMinutes: 15,
  maxReceiveCount: 10,
  queueRetention: 4 * 86_400,
  deadLetterRetention: 14 * 86_400,
  /** Stream records in one invocation of the lifecycle function. */
  streamBatchSize: 100,
  /**
   * How old a stream record may be before it goes to the failure queue, tried again until then: it outlives an outage of
   * almost a day. A stream keeps its records for 24 hours (DynamoDB guide, "Change data capture").
   */
  streamRecordAge: 23 * 3_600,
} as const;

/** When the alarms go off, unless the props say otherwise. */
export const ALARM_DEFAULTS = {
  /** Dead jobs in five minutes. */
  deadJobs: 1,
  /** Messages in the dead-letter queues of a pool, for fifteen minutes. */
  deadLetterDepth: 1,
  /** Jobs that the sweeper mended in five minutes. */
  mendedJobs: 1,
  /** Runs of the sweeper that failed in an hour. */
  sweeperFailures: 1,
  /** Records that the sweeper could not read or mend in an hour. */
  unmendedJobs: 1,
  /** Ticks that made no job in five minutes. */
  missedTicks: 1,
  /** Seconds that the lifecycle function may be behind the table's stream. */
  outboxAge: 600,
  /**
   * Seconds that the oldest message may wait, beyond the time for which a worker may hold it: held messages count as old
   * too, so each alarm adds its queue's visibility timeout.
   */
  oldestAge: { critical: 300, high: 900, normal: 1_800, low: 7_200 } satisfies Record<Priority, number>,
} as const;

/** What AWS allows. Durations in seconds. */
export const AWS_LIMITS = {
  /** Lambda: a function runs for at most 900 s (Lambda quotas). */
  functionTimeout: 900,
  /** Lambda: ScalingConfig.MaximumConcurrency of an SQS event source is 2 to 1000 (CreateEventSourceMapping). */
  minMaxConcurrency: 2,
  maxMaxConcurrency: 1_000,
  /** Lambda: a queue's BatchSize is 1 to 10,000; over 10 it wants a batch window of at least 1 s (CreateEventSourceMapping). */
  batchSize: 10_000,
  batchSizeWithoutWindow: 10,
  /** Lambda: MaximumBatchingWindowInSeconds is 0 to 300 (CreateEventSourceMapping). */
  batchWindow: 300,
  /** Lambda: an event poller of provisioned mode makes at most 10 invocations at a time (Lambda guide, SQS provisioned mode). */
  invocationsPerPoller: 10,
  /** Lambda: provisioned mode for SQS has 2 to 200 pollers at least, 2 to 2,000 at most (CreateEventSourceMapping). */
  pollers: { minimum: [2, 200], maximum: [2, 2_000] },
  /** Lambda: all environment variables of a function together have at most 4 KB (Lambda quotas). */
  environmentBytes: 4_096,
  /** SQS: VisibilityTimeout is at most 12 hours (SetQueueAttributes). */
  visibility: 43_200,
  /** SQS: MessageRetentionPeriod is 60 s to 14 days (SetQueueAttributes). */
  minRetention: 60,
  maxRetention: 14 * 86_400,
  /** EventBridge Scheduler: MaximumEventAgeInSeconds is 60 to 86,400 (RetryPolicy, API reference). */
  minEventAge: 60,
  maxEventAge: 86_400,
  /** SQS: maxReceiveCount is 1 to 1,000 (SetQueueAttributes). */
  maxReceiveCount: 1_000,
} as const;

/** Context key: `-c millrace:reservations=false` deploys without reserved concurrency, for an account that has none to give. */
export const RESERVATIONS_CONTEXT = 'millrace:reservations';
