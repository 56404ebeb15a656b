/** A Lambda function as the template describes it, its environment already resolved. */
export interface FunctionSpec {
  /** The template's logical id. */
  readonly logicalId: string;
  /** The function's physical name: how event sources and `invoke` refer to it. */
  readonly name: string;
  readonly arn: string;
  /** The unpacked asset: what Lambda would mount as `/var/task`. */
  readonly codeDir: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  /** Every variable that the template sets. Lambda's own (`AWS_LAMBDA_FUNCTION_NAME` …) are added under it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds an invocation may take before its sandbox is killed. */
  readonly timeoutSeconds: number;
  /** Megabytes (MiB) of resident memory before the sandbox is killed. */
  readonly memoryMb: number;
  /**
   * Invocations that may run at once; above it an invocation is throttled, and 0 throttles all of them.
   *
   * @default - 100, in the place of the limit of an account
   */
  readonly reservedConcurrency?: number;
}

/** An event source mapping of an SQS queue. */
export interface SqsEventSourceSpec {
  /** Unique among the event sources; named in events. */
  readonly id: string;
  readonly functionName: string;
  readonly queueUrl: string;
  readonly queueArn: string;
  /** Messages in one invocation, 1 to 10,000. */
  readonly batchSize: number;
  /** Seconds to gather a batch, 0 to 300. */
  readonly batchWindowSeconds: number;
  /**
   * Invocations of this mapping that may run at once.
   *
   * @default 5, where AWS starts too; the local cloud does not scale it up
   */
  readonly maximumConcurrency?: number;
  readonly reportBatchItemFailures: boolean;
  readonly enabled: boolean;
}

/** An event source mapping of a table's stream. */
export interface StreamEventSourceSpec {
  /** Unique among the event sources; named in events. */
  readonly id: string;
  readonly functionName: string;
  readonly streamArn: string;
  /** Records in one invocation, 1 to 10,000. */
  readonly batchSize: number;
  /** Seconds to gather a batch, 0 to 300. */
  readonly batchWindowSeconds: number;
  readonly startingPosition: 'LATEST' | 'TRIM_HORIZON';
  readonly reportBatchItemFailures: boolean;
  /** Split a failed batch in two before it is tried again. */
  readonly bisect: boolean;
  /** Further tries after the first; -1 is "until the record expires". */
  readonly maximumRetryAttempts: number;
  /** Seconds after which a record is given up; -1 is "never". */
  readonly maximumRecordAgeSeconds: number;
  /** SQS queue that hears about records given up. */
  readonly onFailureQueueUrl?: string;
  /** Patterns of `FilterCriteria`, parsed. A record passes when any matches; none means all pass. */
  readonly filters: readonly unknown[];
  readonly enabled: boolean;
}

/** As Lambda's API names the states of a mapping. */
export type EventSourceState = 'Enabled' | 'Disabling' | 'Disabled';

/** An event source mapping of a running host. */
export interface EventSourceStatus {
  readonly id: string;
  readonly functionArn: string;
  /** Of the queue or the stream. */
  readonly sourceArn: string;
  readonly batchSize: number;
  readonly state: EventSourceState;
  /** Whether it can be paused and resumed: those of queues can. */
  readonly pausable: boolean;
}
