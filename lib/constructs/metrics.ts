import { Duration, Names } from 'aws-cdk-lib';
import { type IMetric, Metric, type MetricOptions, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DEFAULTS, type Priority } from '../contract/index.ts';
import { LOG_LINES } from '../observe/index.ts';

/** Which queue a metric is about. */
export interface QueueSelector {
  /** @default 'default' */
  readonly pool?: string;
  readonly priority: Priority;
}

/** The names of the metrics that are counted from the functions' log lines. */
export const METRIC_NAMES = {
  /** Milliseconds of one execution; dimensions Pool and Priority. How many there are is the throughput. */
  duration: 'AttemptDuration',
  /** Executions that failed, whether retried or not; dimensions Pool and Priority. */
  failures: 'FailedAttempts',
  /** Jobs that are dead; no dimensions. */
  deadJobs: 'DeadJobs',
  /** Jobs whose deadline passed while they waited, whoever found them; no dimensions. */
  expiredJobs: 'ExpiredJobs',
  /** Ticks of schedules that made no job because they came too late, or because too many waited; no dimensions. */
  missedTicks: 'MissedTicks',
  /** Ticks that made none because that is what was asked for: `overlap: 'skip'`, a pause, a deletion; no dimensions. */
  skippedTicks: 'SkippedTicks',
  /** Times that a worker postponed a job that no build could run for a quarter of an hour; no dimensions. */
  unknownJobs: 'UnknownJobs',
  /** Errors that handlers left behind and that no attempt's outcome tells of; no dimensions. */
  strayErrors: 'StrayErrors',
  /** Messages that nobody could read, filed by the recorder; no dimensions. */
  quarantined: 'QuarantinedMessages',
  /** Times that the sweeper could not read or mend a record; no dimensions. */
  unmendedJobs: 'UnmendedJobs',
  /** Jobs and schedules that the sweeper mended, by what it had to do; no dimensions. */
  mended: {
    /** The deadline passed while they waited. */
    expire: 'SweptExpired',
    /** A cancel was requested, and no worker was left to see it. */
    cancel: 'SweptCancelled',
    /** A cancel was requested, and the deadline passed before its worker, or the next one, saw it. */
    'cancel-overdue': 'SweptCancelledOverdue',
    /** None of their messages could exist any more: sent again. */
    redispatch: 'SweptRedispatched',
    /** Lost too often: dead. */
    bury: 'SweptDead',
    /** A schedule's next job still waited although the one before had ended: the lifecycle function was asked again. */
    turn: 'SweptTurns',
    /** A change of a schedule had not been brought about: the lifecycle function was asked again. */
    change: 'SweptChanges',
  },
} as const;

/** A worker writes one such line for each attempt that ended. What it released it did not execute. */
const SETTLED = `($.message = "${LOG_LINES.settled}")`;
const EXECUTED = `${SETTLED} && ($.outcome != "released") && ($.duration_ms >= 0)`;
const FAILED = `${SETTLED} && (($.outcome = "retrying") || ($.outcome = "dead"))`;
/** The recorder and the lifecycle function write one too where they give a job up. */
const DIED = `${SETTLED} && ($.outcome = "dead")`;
const EXPIRED = `${SETTLED} && ($.outcome = "expired")`;
/** A worker, or the recorder, writes one such line for each tick that made no job. */
const DROPPED = `($.message = "${LOG_LINES.tickDropped}")`;
const MISSED = `${DROPPED} && (($.why = "late") || ($.why = "full"))`;
const SKIPPED = `${DROPPED} && (($.why = "overlap") || ($.why = "paused") || ($.why = "deleted"))`;
/** A deploy is over sooner: what is unknown for longer waits for a build that nobody may be making. */
const UNKNOWN = `($.message = "${LOG_LINES.unknown}") && ($.unknown_ms >= ${DEFAULTS.unknownTypeCap})`;
const STRAY = `($.message = "${LOG_LINES.stray}")`;
const QUARANTINED = `($.message = "${LOG_LINES.quarantined}")`;
const UNMENDED = `($.message = "${LOG_LINES.unmended}")`;

/** What the sweeper does to a job or a schedule, as `mended` of its log lines says it. */
export type Mending = keyof typeof METRIC_NAMES.mended;
const MENDINGS = Object.keys(METRIC_NAMES.mended) as Mending[];

const BY_QUEUE = { Pool: '$.pool', Priority: '$.priority' };

export interface LogMetricsProps {
  readonly pools: readonly { readonly pool: string; readonly logGroup: ILogGroup }[];
  /** The lifecycle function's. */
  readonly lifecycleLogs: ILogGroup;
  /** The recorder's. */
  readonly recorderLogs: ILogGroup;
  /** The sweeper's. */
  readonly sweeperLogs: ILogGroup;
  readonly namespace?: string;
}

/** Metrics that CloudWatch counts from the functions' log lines: no call to pay for or to wait on in a job. */
export class LogMetrics extends Construct {
  readonly namespace: string;

  constructor(scope: Construct, id: string, props: LogMetricsProps) {
    super(scope, id);
    const { pools, lifecycleLogs, recorderLogs, sweeperLogs, namespace } = props;
    // Named by the construct's path, so that two stacks of an account do not count into each other's metrics.
    this.namespace =
      namespace ?? `Millrace/${Names.uniqueResourceName(scope, { maxLength: 200, separator: '-' })}`;
    for (const { pool, logGroup } of pools) {
      this.#count(`${pool}-Duration`, logGroup, {
        pattern: `{ ${EXECUTED} }`,
        metricName: METRIC_NAMES.duration,
        metricValue: '$.duration_ms',
        unit: Unit.MILLISECONDS,
        dimensions: BY_QUEUE,
      });
      this.#count(`${pool}-Failures`, logGroup, {
        pattern: `{ ${FAILED} }`,
        metricName: METRIC_NAMES.failures,
        dimensions: BY_QUEUE,
      });
      this.#countEndings(pool, logGroup);
      this.#countDropped(pool, logGroup);
      const { unknownJobs, strayErrors } = METRIC_NAMES;
      this.#countAll(`${pool}-UnknownJobs`, logGroup, { pattern: UNKNOWN, metricName: unknownJobs });
      this.#countAll(`${pool}-StrayErrors`, logGroup, { pattern: STRAY, metricName: strayErrors });
    }
    this.#countAll('Lifecycle-DeadJobs', lifecycleLogs, {
      pattern: DIED,
      metricName: METRIC_NAMES.deadJobs,
    });
    this.#countEndings('Recorder', recorderLogs);
    this.#countDropped('Recorder', recorderLogs);
    this.#countAll('Recorder-Quarantined', recorderLogs, {
      pattern: QUARANTINED,
      metricName: METRIC_NAMES.quarantined,
    });
    for (const what of MENDINGS) {
      const pattern = mendedBy(what);
      this.#countAll(`Sweeper-${what}`, sweeperLogs, { pattern, metricName: METRIC_NAMES.mended[what] });
    }
    this.#countAll('Sweeper-Unmended', sweeperLogs, {
      pattern: UNMENDED,
      metricName: METRIC_NAMES.unmendedJobs,
    });
    const [pattern, metricName] = [mendedBy('expire'), METRIC_NAMES.expiredJobs];
    this.#countAll('Sweeper-Expired', sweeperLogs, { pattern, metricName });
  }

  /** Jobs that ended without success, as the one who ended them says. */
  #countEndings(by: string, logGroup: ILogGroup): void {
    this.#countAll(`${by}-Dead`, logGroup, { pattern: DIED, metricName: METRIC_NAMES.deadJobs });
    this.#countAll(`${by}-Expired`, logGroup, { pattern: EXPIRED, metricName: METRIC_NAMES.expiredJobs });
  }

  /** Ticks of schedules that made no job. */
  #countDropped(by: string, logGroup: ILogGroup): void {
    const { missedTicks, skippedTicks } = METRIC_NAMES;
    this.#countAll(`${by}-MissedTicks`, logGroup, { pattern: MISSED, metricName: missedTicks });
    this.#countAll(`${by}-SkippedTicks`, logGroup, { pattern: SKIPPED, metricName: skippedTicks });
  }

  #countAll(id: string, logGroup: ILogGroup, options: { pattern: string; metricName: string }): void {
    this.#count(id, logGroup, {
      metricName: options.metricName,
      pattern: `{ ${options.pattern} }`,
      // With a value for other lines too, the alarm sees zero rather than nothing. CloudWatch allows it without dimensions only.
      defaultValue: 0,
    });
  }

  #count(
    id: string,
    logGroup: ILogGroup,
    options: {
      pattern: string;
      metricName: string;
      metricValue?: string;
      defaultValue?: number;
      unit?: Unit;
      dimensions?: Record<string, string>;
    },
  ): void {
    const { pattern, metricValue = '1', unit = Unit.COUNT, ...rest } = options;
    new MetricFilter(this, id, {
      ...rest,
      logGroup,
      metricNamespace: this.namespace,
      filterPattern: FilterPattern.literal(pattern),
      metricValue,
      unit,
    });
  }

  /** Executions that ended, whatever their outcome: a count over the period. */
  throughput(queue: QueueSelector, options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.duration, { ...byQueue(queue), statistic: 'SampleCount', ...options });
  }

  failures(queue: QueueSelector, options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.failures, { ...byQueue(queue), statistic: 'Sum', ...options });
  }

  duration(queue: QueueSelector, options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.duration, { ...byQueue(queue), statistic: 'p95', ...options });
  }

  deadJobs(options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.deadJobs, { statistic: 'Sum', ...options });
  }

  expiredJobs(options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.expiredJobs, { statistic: 'Sum', ...options });
  }

  missedTicks(options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.missedTicks, { statistic: 'Sum', ...options });
  }

  skippedTicks(options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.skippedTicks, { statistic: 'Sum', ...options });
  }

  unknownJobs(options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.unknownJobs, { statistic: 'Sum', ...options });
  }

  strayErrors(options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.strayErrors, { statistic: 'Sum', ...options });
  }

  quarantined(options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.quarantined, { statistic: 'Sum', ...options });
  }

  unmendedJobs(options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.unmendedJobs, { statistic: 'Sum', ...options });
  }

  /** Jobs, or schedules, that the sweeper mended in one way. */
  mended(what: Mending, options?: MetricOptions): IMetric {
    return this.#metric(METRIC_NAMES.mended[what], { statistic: 'Sum', ...options });
  }

  #metric(metricName: string, options: MetricOptions): IMetric {
    return new Metric({ namespace: this.namespace, metricName, period: Duration.minutes(5), ...options });
  }
}

function mendedBy(what: Mending): string {
  return `($.message = "${LOG_LINES.mended}") && ($.mended = "${what}")`;
}

function byQueue({ pool = 'default', priority }: QueueSelector): MetricOptions {
  return { dimensionsMap: { Pool: pool, Priority: priority } };
}
