import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type Catalog, DEFAULTS, type PoolName, PRIORITIES } from '../contract/index.ts';
import { Alarms } from './alarms.ts';
import { ConnectableMillrace, type IMillrace } from './connect.ts';
import { JobDashboard } from './dashboard.ts';
import { DeclaredSchedules } from './declared-schedules.ts';
import { AWS_LIMITS, STACK_DEFAULTS } from './defaults.ts';
import { tellAboutEmptiedPools } from './emptied-pools.ts';
import type { JobResources } from './grants.ts';
import { ImportedMillrace, type MillraceAttributes } from './imported.ts';
import { JobQueues } from './job-queues.ts';
import { JobTable } from './job-table.ts';
import { Lifecycle } from './lifecycle.ts';
import { LogMetrics, type Mending, type QueueSelector } from './metrics.ts';
import type { MillraceProps } from './millrace-props.ts';
import { addOutputs } from './outputs.ts';
import { Pool } from './pool.ts';
import { planPools } from './pool-plan.ts';
import type { PoolProps } from './pool-props.ts';
import type { PriorityQueue } from './priority-queue.ts';
import { Recorder } from './recorder.ts';
import { reservationsOf, tellAboutReservations } from './reservations.ts';
import { brokenRules, checkRetentions, literalSeconds, StackRuleError } from './rules/index.ts';
import { Scheduler } from './scheduler.ts';
import { Sweeper } from './sweeper.ts';

/**
 * Background jobs: the job table, the queues and workers of every pool, the functions behind them, metrics and alarms.
 *
 * @throws {StackRuleError} when the declarations and the props do not go together; it says what to change
 * @example
 * const millrace = new Millrace(this, 'Millrace', {
 *   catalog,
 *   pools: { default: { entry: 'lambdas/worker.ts' } },
 * });
 * millrace.connect(apiFunction);
 */
export class Millrace<C extends Catalog = Catalog> extends ConnectableMillrace {
  /** A Millrace that another app or stack has made, by its stack outputs. */
  static fromMillraceAttributes(scope: Construct, id: string, attributes: MillraceAttributes): IMillrace {
    return new ImportedMillrace(scope, id, attributes);
  }

  readonly jobTable: JobTable;
  readonly queues: JobQueues;
  /** By name: the worker function of each, to grant it what its handlers need. */
  readonly pools: { readonly [P in PoolName<C>]: Pool } & Readonly<Record<string, Pool>>;
  readonly scheduler: Scheduler;
  readonly lifecycle: Lifecycle;
  readonly recorder: Recorder;
  readonly sweeper: Sweeper;
  readonly alarms: Alarms | undefined;
  readonly tableName: string;
  readonly tableArn: string;
  readonly queuesJson: string;
  readonly eventSourcesJson: string;
  readonly deadLetterQueuesJson: string;
  readonly oneTimeGroup: string;
  readonly retention: Duration;
  readonly deadRetention: Duration;
  protected readonly resources: JobResources;
  readonly #metrics: LogMetrics;

  constructor(scope: Construct, id: string, props: MillraceProps<C>) {
    super(scope, id);
    const { removalPolicy = RemovalPolicy.RETAIN, logRetention = RetentionDays.ONE_MONTH } = props;
    const logs = { logRetention, removalPolicy };
    const retentions = {
      retention: props.retention ?? Duration.millis(DEFAULTS.retention),
      deadRetention: props.deadRetention ?? Duration.millis(DEFAULTS.deadRetention),
    };
    this.retention = retentions.retention;
    this.deadRetention = retentions.deadRetention;
    const queueProps = {
      queueRetention: props.queueRetention ?? Duration.seconds(STACK_DEFAULTS.queueRetention),
      deadLetterRetention: props.deadLetterRetention ?? Duration.seconds(STACK_DEFAULTS.deadLetterRetention),
      maxReceiveCount: props.maxReceiveCount ?? STACK_DEFAULTS.maxReceiveCount,
    };
    checkRetentions({
      queue: literalSeconds(queueProps.queueRetention),
      deadLetter: literalSeconds(queueProps.deadLetterRetention),
      record: literalSeconds(retentions.retention),
      deadRecord: literalSeconds(retentions.deadRetention),
    });
    const reservations = props.reservations ?? reservationsOf(this);
    const plans = planPools({ catalog: props.catalog, pools: props.pools, reservations, ...queueProps });

    const deletionProtection = props.deletionProtection ?? removalPolicy !== RemovalPolicy.DESTROY;
    const table = new JobTable(this, 'Jobs', { removalPolicy, deletionProtection });
    const queues = new JobQueues(this, 'Queues', { plans, removalPolicy, ...queueProps });
    this.jobTable = table;
    this.queues = queues;
    this.tableName = table.tableName;
    this.tableArn = table.tableArn;
    this.queuesJson = queues.json;
    const scheduler = new Scheduler(this, 'Scheduler', {
      ...{ queues, removalPolicy, deadLetterRetention: queueProps.deadLetterRetention },
    });
    this.scheduler = scheduler;
    this.lifecycle = new Lifecycle(this, 'Lifecycle', { table, queues, scheduler, retentions, logs });
    this.recorder = new Recorder(this, 'Recorder', { table, queues, scheduler, retentions, logs });
    this.sweeper = new Sweeper(this, 'Sweeper', {
      ...{ table, scheduler, retentions, logs },
      messageRetention: longestMessage(queueProps),
    });
    new DeclaredSchedules(this, 'Schedules', { schedules: props.catalog.schedules, queues, scheduler });
    const pools = plans.map((plan) => {
      const settings = props.pools[plan.name as PoolName<C>] as PoolProps;
      return new Pool(this, `Pool-${plan.name}`, { plan, settings, table, queues, retentions, logs });
    });
    this.eventSourcesJson = queues.eventSourcesJson;
    this.deadLetterQueuesJson = queues.deadLettersJson;
    this.oneTimeGroup = scheduler.oneTime.name;
    this.resources = {
      tableArn: table.tableArn,
      queueArns: queues.arns,
      deadLetterArns: queues.all.map(({ deadLetterQueue }) => deadLetterQueue.queueArn),
      eventSourceArns: queues.all.flatMap(({ eventSource }) => eventSource?.eventSourceMappingArn ?? []),
      oneTimeArn: scheduler.oneTime.schedulesArn,
    };
    this.pools = Object.fromEntries(pools.map((pool) => [pool.pool, pool])) as typeof this.pools;
    this.#metrics = new LogMetrics(this, 'Metrics', {
      pools,
      lifecycleLogs: this.lifecycle.logGroup,
      recorderLogs: this.recorder.logGroup,
      sweeperLogs: this.sweeper.logGroup,
      namespace: props.metricNamespace,
    });
    const watched = {
      queues,
      scheduler,
      metrics: this.#metrics,
      lifecycle: this.lifecycle,
      sweeper: this.sweeper,
    };
    this.alarms =
      props.alarms === false ? undefined : new Alarms(this, 'Alarms', { ...props.alarms, ...watched });
    if (props.dashboard !== false) new JobDashboard(this, 'Dashboard', watched);
    addOutputs(this);
    tellAboutReservations(this, plans);
    tellAboutEmptiedPools(this, { catalog: props.catalog, pools: plans.map(({ name }) => name) });
    // Users may add event sources, variables and properties after this constructor has run.
    this.node.addValidation({
      validate: () =>
        brokenRules([
          ...pools.map(({ worker }) => ({ kind: 'worker' as const, function: worker })),
          { kind: 'lifecycle', function: this.lifecycle.function },
          { kind: 'recorder', function: this.recorder.function },
          { kind: 'sweeper', function: this.sweeper.function },
        ]),
    });
  }

  /** Messages that are due and wait for a worker. */
  metricQueueDepth(queue: QueueSelector, options?: MetricOptions): IMetric {
    return this.#queue(queue).metricDepth(options);
  }

  /** Seconds since the oldest message was sent. */
  metricOldestAge(queue: QueueSelector, options?: MetricOptions): IMetric {
    return this.#queue(queue).metricOldestAge(options);
  }

  /** Messages in the dead-letter queue that the recorder has not filed yet. */
  metricDeadLetterDepth(queue: QueueSelector, options?: MetricOptions): IMetric {
    return this.#queue(queue).metricDeadLetters(options);
  }

  /** Executions that ended, whatever their outcome: a count over the period, five minutes by default. */
  metricThroughput(queue: QueueSelector, options?: MetricOptions): IMetric {
    return this.#metrics.throughput(queue, options);
  }

  /** Executions that failed, whether the job is tried again or dead. */
  metricFailures(queue: QueueSelector, options?: MetricOptions): IMetric {
    return this.#metrics.failures(queue, options);
  }

  /** Milliseconds of an execution: the 95th percentile by default. */
  metricDuration(queue: QueueSelector, options?: MetricOptions): IMetric {
    return this.#metrics.duration(queue, options);
  }

  /** Jobs that died, of all pools: a count over the period, five minutes by default. */
  metricDeadJobs(options?: MetricOptions): IMetric {
    return this.#metrics.deadJobs(options);
  }

  /**
   * Jobs whose deadline passed while they waited, of all pools and whoever found them: a count over the period, five minutes
   * by default.
   */
  metricExpiredJobs(options?: MetricOptions): IMetric {
    return this.#metrics.expiredJobs(options);
  }

  /** Ticks of schedules that made no job, although one was wanted: they came after their maximum age, or too many waited. */
  metricMissedTicks(options?: MetricOptions): IMetric {
    return this.#metrics.missedTicks(options);
  }

  /** Firings that EventBridge Scheduler gave up, of all three groups: a count over the period, five minutes by default. */
  metricDroppedFirings(options?: MetricOptions): IMetric {
    return this.scheduler.metricDropped(options);
  }

  /** Ticks that made no job as it was asked for: by `overlap: 'skip'`, a pause, a deletion. */
  metricSkippedTicks(options?: MetricOptions): IMetric {
    return this.#metrics.skippedTicks(options);
  }

  /** Times that jobs were postponed that no deployed worker could run for a quarter of an hour. */
  metricUnknownJobs(options?: MetricOptions): IMetric {
    return this.#metrics.unknownJobs(options);
  }

  /**
   * Errors that handlers left behind, which no attempt's outcome tells of: rejections that nobody awaited, exceptions of timers
   * and events. A count over the period, five minutes by default.
   */
  metricStrayErrors(options?: MetricOptions): IMetric {
    return this.#metrics.strayErrors(options);
  }

  /** Messages that nobody could read and that the recorder filed: a count over the period, five minutes by default. */
  metricQuarantined(options?: MetricOptions): IMetric {
    return this.#metrics.quarantined(options);
  }

  /**
   * Jobs, or schedules, that the sweeper mended: a count over the period, five minutes by default. All but `expire` and
   * `cancel-overdue`, for which a deadline passed, mean that a message, or a change in the table's stream, was lost.
   */
  metricMended(what: Mending, options?: MetricOptions): IMetric {
    return this.#metrics.mended(what, options);
  }

  /** Times that the sweeper could not read or mend a record: a count over the period, five minutes by default. */
  metricUnmendedJobs(options?: MetricOptions): IMetric {
    return this.#metrics.unmendedJobs(options);
  }

  #queue({ pool = DEFAULTS.pool, priority }: QueueSelector): PriorityQueue {
    const found = this.queues.find({ pool, priority });
    if (found) return found;
    throw new StackRuleError({
      rule: 'pool-missing',
      what: 'A metric was asked for of a queue that the stack does not have',
      got: `pool '${pool}', priority '${priority}'`,
      expected: `a pool of ${Object.keys(this.pools).join(', ')} and a priority of ${PRIORITIES.join(', ')}`,
      fix: 'name a pool that the props of Millrace have',
    });
  }
}

/** From when a job is due: EventBridge Scheduler tries for a day, then the message lies in a queue, then in its dead-letter queue. */
function longestMessage({
  queueRetention,
  deadLetterRetention,
}: Record<'queueRetention' | 'deadLetterRetention', Duration>): Duration {
  return Duration.seconds(AWS_LIMITS.maxEventAge).plus(queueRetention).plus(deadLetterRetention);
}
