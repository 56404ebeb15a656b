import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Catalog, PoolName } from '../contract/index.ts';
import type { AlarmsProps } from './alarms.ts';
import type { PoolProps } from './pool-props.ts';

export interface MillraceProps<C extends Catalog = Catalog> {
  /** The application's job types and schedules: pools, timeouts, visibility, concurrency and alarms are derived from them. */
  readonly catalog: C;
  /**
   * One worker for each pool that the catalog's job types name. A pool that none names any more may stay, with a warning,
   * until the jobs that were enqueued in it have ended.
   */
  readonly pools: { readonly [P in PoolName<C>]: PoolProps } & Readonly<Record<string, PoolProps>>;
  /**
   * How long the record of an ended job is kept: over `queueRetention` + `deadLetterRetention` + one day.
   * @default Duration.days(30)
   */
  readonly retention?: Duration;
  /**
   * How long the record of a dead job is kept, for somebody to look at and redrive: over `queueRetention` +
   * `deadLetterRetention` + one day.
   * @default Duration.days(90)
   */
  readonly deadRetention?: Duration;
  /**
   * How long a queue keeps a message that nobody takes: an hour to 14 days, less than `deadLetterRetention`. An age counts
   * from when the message was sent, the delay of up to 15 minutes that it was sent with included.
   * @default Duration.days(4)
   */
  readonly queueRetention?: Duration;
  /**
   * How long a dead-letter queue keeps a message, counted from when it was first sent: up to 14 days.
   * @default Duration.days(14)
   */
  readonly deadLetterRetention?: Duration;
  /**
   * Deliveries of one message before it goes to the dead-letter queue: 1 to 1,000. These are not attempts: only executions
   * count as those. Times the visibility timeout, it fits into half of `queueRetention`.
   * @default 10
   */
  readonly maxReceiveCount?: number;
  /**
   * Whether workers reserve concurrent executions. A new AWS account has ten in all and none to reserve: deploy there with
   * `-c millrace:reservations=false`. This prop goes before the context.
   * @default true, or what the context key `millrace:reservations` says
   */
  readonly reservations?: boolean;
  /**
   * What becomes of the table, the queues, the log groups, and the groups of one-time and runtime schedules when they leave
   * the stack.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Whether DynamoDB refuses to delete the job table.
   * @default true, or false where `removalPolicy` is DESTROY
   */
  readonly deletionProtection?: boolean;
  /**
   * How long the functions' log lines are kept.
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
  /**
   * Thresholds and the topic of the alarms; false: no alarms.
   * @default alarms with the defaults of AlarmsProps, that tell nobody
   */
  readonly alarms?: AlarmsProps | false;
  /**
   * Whether the stack has a CloudWatch dashboard.
   * @default true
   */
  readonly dashboard?: boolean;
  /**
   * The CloudWatch namespace of the metrics that are counted from log lines.
   * @default 'Millrace/' and the construct's path
   */
  readonly metricNamespace?: string;
}
