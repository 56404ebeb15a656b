import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Priority } from '../contract/index.ts';
import { ALARM_DEFAULTS, STACK_DEFAULTS } from './defaults.ts';
import type { JobQueues } from './job-queues.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { LogMetrics } from './metrics.ts';
import type { PriorityQueue } from './priority-queue.ts';
import type { Scheduler } from './scheduler.ts';
import type { Sweeper } from './sweeper.ts';

/** When the alarms go off, and whom they tell. */
export interface AlarmsProps {
  /**
   * Told when an alarm goes off and when it is over.
   * @default none: the alarms only show their state
   */
  readonly topic?: ITopic;
  /**
   * Jobs that die within five minutes: a whole number from 1.
   * @default 1
   */
  readonly deadJobs?: number;
  /**
   * Messages that lie in the dead-letter queues of a pool, or of EventBridge Scheduler, for fifteen minutes: a whole number
   * from 1.
   * @default 1
   */
  readonly deadLetterDepth?: number;
  /**
   * Jobs that had lost their messages, and schedules that stood still, that the sweeper mended within five minutes: a whole
   * number from 1.
   * @default 1
   */
  readonly mendedJobs?: number;
  /**
   * Ticks of schedules that made no job within five minutes, because they came too late or too many waited: a whole number
   * from 1.
   * @default 1
   */
  readonly missedTicks?: number;
  /**
   * Runs of the sweeper that fail within an hour, of the four that it has: a whole number from 1.
   * @default 1
   */
  readonly sweeperFailures?: number;
  /**
   * Times within an hour that the sweeper comes to a record that it cannot read or mend: a whole number from 1.
   * @default 1
   */
  readonly unmendedJobs?: number;
  /**
   * How far the lifecycle function, which sends the outbox, may be behind the job table's stream.
   * @default 10 minutes
   */
  readonly outboxAge?: Duration;
  /**
   * How long the oldest message of a queue may wait, beyond the queue's visibility timeout.
   * @default critical 5 minutes, high 15 minutes, normal 30 minutes, low 2 hours
   */
  readonly oldestAge?: Readonly<Partial<Record<Priority, Duration>>>;
}

export interface AlarmsConstructProps extends AlarmsProps {
  readonly queues: JobQueues;
  readonly metrics: LogMetrics;
  readonly lifecycle: Lifecycle;
  readonly scheduler: Scheduler;
  readonly sweeper: Sweeper;
}

interface AlarmOptions {
  readonly metric: IMetric;
  readonly threshold: number;
  /** Periods of the metric that all have to be over the threshold. */
  readonly periods: number;
  /** Goes off below the threshold instead, and where nothing is measured. */
  readonly below?: true;
  readonly what: string;
  readonly page:
    | 'dead-jobs'
    | 'dead-letter-queue-depth'
    | 'mended-jobs'
    | 'oldest-age'
    | 'outbox-age'
    | 'schedules'
    | 'sweeper'
    | 'unknown-jobs';
}

const FIVE_MINUTES = Duration.minutes(5);
const HOUR = Duration.hours(1);
/** The sweeper runs twice in it. */
const TWO_RUNS = Duration.minutes(2 * STACK_DEFAULTS.sweepMinutes);
/** An unknown job is postponed by up to a quarter of an hour: the alarm lasts from one time to the next. */
const TWENTY_MINUTES = Duration.minutes(20);

/** The alarms that every Millrace has. Each one's description names the page that says what to do. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];
  readonly #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: AlarmsConstructProps) {
    super(scope, id);
    const { queues, metrics, lifecycle, scheduler, sweeper } = props;
    this.#topic = props.topic;
    const pools = [...new Set(queues.all.map(({ pool }) => pool))];
    this.all = [
      this.#alarm('DeadJobs', {
        metric: metrics.deadJobs({ period: FIVE_MINUTES }),
        threshold: props.deadJobs ?? ALARM_DEFAULTS.deadJobs,
        periods: 1,
        what: 'Jobs are dead: they failed for good, ran out of attempts, or lost their lease too often.',
        page: 'dead-jobs',
      }),
      ...pools.map((pool) =>
        this.#alarm(`DeadLetters-${pool}`, {
          metric: depthOf(queues.of(pool)),
          threshold: props.deadLetterDepth ?? ALARM_DEFAULTS.deadLetterDepth,
          periods: 3,
          what: `Messages lie in the dead-letter queues of the pool '${pool}': the recorder does not file them.`,
          page: 'dead-letter-queue-depth',
        }),
      ),
      this.#alarm('Quarantined', {
        metric: metrics.quarantined({ period: FIVE_MINUTES }),
        threshold: 1,
        periods: 1,
        what: 'Messages arrived that nobody can read; the recorder keeps them as quarantined records.',
        page: 'dead-letter-queue-depth',
      }),
      this.#alarm('UnknownJobs', {
        metric: metrics.unknownJobs({ period: TWENTY_MINUTES }),
        threshold: 1,
        periods: 1,
        what: 'Jobs wait that no deployed worker can run: type or version unknown, timeout too long. After two weeks they are dead.',
        page: 'unknown-jobs',
      }),
      this.#alarm('LifecycleFailures', {
        metric: lifecycle.metricFailures({ period: FIVE_MINUTES }),
        threshold: 1,
        periods: 1,
        what: 'Stream records were given up: jobs of the outbox may wait for their message.',
        page: 'dead-letter-queue-depth',
      }),
      this.#alarm('OutboxAge', {
        metric: lifecycle.metricAge({ period: FIVE_MINUTES }),
        threshold: props.outboxAge?.toMilliseconds() ?? ALARM_DEFAULTS.outboxAge * 1_000,
        periods: 1,
        what: 'The lifecycle function is behind the job table’s stream: jobs of the outbox wait for their message.',
        page: 'outbox-age',
      }),
      this.#alarm('MendedJobs', {
        metric: lostJobs(metrics),
        threshold: props.mendedJobs ?? ALARM_DEFAULTS.mendedJobs,
        periods: 1,
        what: 'The sweeper found jobs that had lost their messages, or schedules that stood still, and mended them.',
        page: 'mended-jobs',
      }),
      this.#alarm('SweeperFailures', {
        metric: sweeper.metricFailures({ period: HOUR }),
        threshold: props.sweeperFailures ?? ALARM_DEFAULTS.sweeperFailures,
        periods: 1,
        what: 'Runs of the sweeper failed: deadlines may pass unseen, and lost jobs stay lost.',
        page: 'sweeper',
      }),
      this.#alarm('SweeperAbsent', {
        metric: sweeper.metricRuns({ period: TWO_RUNS }),
        threshold: 1,
        below: true,
        // Two hours: long enough for no deploy, and no throttling that passes, to count.
        periods: 4,
        what: 'The sweeper has not run for two hours: deadlines may pass unseen, and lost jobs stay lost.',
        page: 'sweeper',
      }),
      this.#alarm('UnmendedJobs', {
        metric: metrics.unmendedJobs({ period: HOUR }),
        threshold: props.unmendedJobs ?? ALARM_DEFAULTS.unmendedJobs,
        periods: 1,
        what: 'The sweeper came to records that it could not read or mend.',
        page: 'sweeper',
      }),
      this.#alarm('SchedulerDropped', {
        metric: scheduler.metricDropped(),
        threshold: 1,
        periods: 1,
        what: 'EventBridge Scheduler gave up firings: what they send goes to its dead-letter queue, or nowhere.',
        page: 'schedules',
      }),
      this.#alarm('SchedulerDeadLetters', {
        metric: scheduler.metricDeadLetters({ period: FIVE_MINUTES }),
        threshold: props.deadLetterDepth ?? ALARM_DEFAULTS.deadLetterDepth,
        periods: 3,
        what: 'Messages lie in the dead-letter queue of EventBridge Scheduler: the recorder does not file them.',
        page: 'schedules',
      }),
      this.#alarm('MissedTicks', {
        metric: metrics.missedTicks({ period: FIVE_MINUTES }),
        threshold: props.missedTicks ?? ALARM_DEFAULTS.missedTicks,
        periods: 1,
        what: 'Ticks of schedules made no job: they came after their maximum age, or too many waited.',
        page: 'schedules',
      }),
      ...queues.all.map((queue) => this.#oldestAge(queue, props.oldestAge?.[queue.priority])),
    ];
  }

  #oldestAge(queue: PriorityQueue, allowed: Duration | undefined): Alarm {
    const { pool, priority, plan } = queue;
    const seconds = allowed?.toSeconds() ?? ALARM_DEFAULTS.oldestAge[priority];
    return this.#alarm(`OldestAge-${pool}-${priority}`, {
      metric: queue.metricOldestAge({ period: FIVE_MINUTES }),
      // What a worker holds counts as old too, and comes back only after the visibility timeout where the worker died.
      threshold: seconds + plan.visibility,
      periods: 1,
      what: `The oldest message of '${pool}/${priority}' waits longer than it should.`,
      page: 'oldest-age',
    });
  }

  #alarm(id: string, { metric, threshold, periods, below, what, page }: AlarmOptions): Alarm {
    const alarm = new Alarm(this, id, {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: below ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      alarmDescription: `${what} See docs/operating/${page}.md.`,
    });
    if (this.#topic) {
      const action = new SnsAction(this.#topic);
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
    return alarm;
  }
}

/** What the sweeper mends because a message, or a change in the stream, was lost; a deadline that passes is everyday work. */
function lostJobs(metrics: LogMetrics): IMetric {
  const usingMetrics: Record<string, IMetric> = {};
  for (const what of ['redispatch', 'cancel', 'bury', 'turn', 'change'] as const)
    usingMetrics[what] = metrics.mended(what, { period: FIVE_MINUTES });
  const expression = Object.keys(usingMetrics).join(' + ');
  return new MathExpression({ expression, usingMetrics, period: FIVE_MINUTES, label: 'Mended jobs' });
}

/** All that lies in a pool's dead-letter queues: two metrics for each of four priorities, of the ten that an alarm takes. */
function depthOf(queues: readonly PriorityQueue[]): IMetric {
  const options = { period: FIVE_MINUTES };
  const usingMetrics: Record<string, IMetric> = {};
  for (const queue of queues) {
    usingMetrics[`${queue.priority}_waiting`] = queue.metricDeadLetters(options);
    usingMetrics[`${queue.priority}_held`] = queue.metricDeadLettersHeld(options);
  }
  const expression = Object.keys(usingMetrics).join(' + ');
  return new MathExpression({ expression, usingMetrics, period: FIVE_MINUTES, label: 'Dead letters' });
}
