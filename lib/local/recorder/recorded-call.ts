/** One permission that a call needs, in IAM's words. */
export interface Requirement {
  /** For example `sqs:SendMessage`; a batch needs what its entries need. */
  readonly action: string;
  /** ARN, or `*` where the action knows no resource. */
  readonly resource: string;
  /** Condition keys that the call sets, such as `iam:PassedToService`. */
  readonly context?: Readonly<Record<string, string>>;
}

/**
 * What a call came from: a function's own code, the poller of one of its event source mappings, or the Lambda runtime
 * around it, or Scheduler for a schedule. All but the first are not seen on the wire: they are what AWS says it does with the
 * function's role, or the schedule's.
 */
export type CallSource = 'code' | 'event-source' | 'runtime' | 'schedule';

/** An AWS call, as an IAM policy would have to allow it. */
export interface RecordedCall {
  /** Physical name of the function with whose credentials it was signed; absent for clients outside of functions. */
  readonly functionName?: string;
  /** Its logical id in the template. */
  readonly logicalId?: string;
  /** The role by which Scheduler calls for a schedule. */
  readonly roleArn?: string;
  readonly source: CallSource;
  /** Signing name: `sqs`, `dynamodb`, `s3`, … */
  readonly service: string;
  /** Operation of the API, for example `SendMessageBatch`. */
  readonly operation: string;
  readonly requires: readonly Requirement[];
  /** HTTP status of the answer; absent where no request was made. */
  readonly status?: number;
}

/** A request as the recorder took it from the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly target?: string;
  readonly copySource?: string;
  readonly body: string;
}

/** Finds ARNs for the names that requests carry. */
export interface ArnBook {
  queue(url: string): string;
  table(name: string): string;
  bucket(name: string): string;
  eventSource(id: string): string;
  /** `schedule/<group>/<name>` or `schedule-group/<name>`. */
  scheduler(path: string): string;
}
