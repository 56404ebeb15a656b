import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  TextWidget,
  type YAxisProps,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { JobQueues } from './job-queues.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { LogMetrics, Mending } from './metrics.ts';
import type { PriorityQueue } from './priority-queue.ts';
import type { Scheduler } from './scheduler.ts';
import type { Sweeper } from './sweeper.ts';

export interface DashboardProps {
  readonly queues: JobQueues;
  readonly metrics: LogMetrics;
  readonly scheduler: Scheduler;
  readonly lifecycle: Lifecycle;
  readonly sweeper: Sweeper;
}

const PERIOD = Duration.minutes(1);

/** One row a pool: what waits, for how long, how much gets done, what fails, how long it takes; a line a priority. */
export class JobDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { queues, metrics, scheduler, lifecycle, sweeper } = props;
    this.dashboard = new Dashboard(this, 'Dashboard', { defaultInterval: Duration.hours(3) });
    for (const pool of new Set(queues.all.map((queue) => queue.pool))) {
      const lines = (metricOf: (queue: PriorityQueue) => IMetric) => queues.of(pool).map(metricOf);
      const labelled = ({ priority }: PriorityQueue) => ({ label: priority, period: PERIOD });
      this.dashboard.addWidgets(new TextWidget({ markdown: `## Pool ${pool}`, width: 24, height: 1 }));
      this.dashboard.addWidgets(
        graph(
          'Jobs waiting',
          lines((queue) => queue.metricDepth(labelled(queue))),
        ),
        graph(
          'Oldest message',
          lines((queue) => queue.metricOldestAge(labelled(queue))),
          { label: 's' },
        ),
        graph(
          'Executions a minute',
          lines((queue) => metrics.throughput(queue, labelled(queue))),
        ),
      );
      this.dashboard.addWidgets(
        graph(
          'Failed executions a minute',
          lines((queue) => metrics.failures(queue, labelled(queue))),
        ),
        graph(
          'Duration, p95',
          lines((queue) => metrics.duration(queue, labelled(queue))),
          { label: 'ms' },
        ),
        graph(
          'Dead letters not filed yet',
          lines((queue) => queue.metricDeadLetters(labelled(queue))),
        ),
      );
    }
    const mended = (what: Mending, label: string) => metrics.mended(what, { label, period: PERIOD });
    this.dashboard.addWidgets(
      graph('Dead and expired jobs', [
        metrics.deadJobs({ label: 'dead', period: PERIOD }),
        metrics.expiredJobs({ label: 'expired', period: PERIOD }),
      ]),
      graph('Mended by the sweeper', [
        mended('redispatch', 'sent again'),
        mended('expire', 'expired'),
        mended('cancel', 'cancelled'),
        mended('cancel-overdue', 'cancelled, overdue'),
        mended('bury', 'dead'),
        mended('turn', 'turns'),
        mended('change', 'schedule changes'),
      ]),
      graph('Ticks that made no job', [
        metrics.missedTicks({ label: 'missed', period: PERIOD }),
        metrics.skippedTicks({ label: 'skipped', period: PERIOD }),
        scheduler.metricDropped({ label: 'given up by Scheduler', period: PERIOD }),
      ]),
    );
    this.dashboard.addWidgets(
      graph('Age of the outbox', [lifecycle.metricAge({ label: 'behind', period: PERIOD })], { label: 'ms' }),
      graph('Jobs that no build knows, errors left uncaught', [
        metrics.unknownJobs({ label: 'postponements of unknown jobs', period: PERIOD }),
        metrics.strayErrors({ label: 'errors left uncaught', period: PERIOD }),
      ]),
      graph('Runs of the sweeper', [
        sweeper.metricRuns({ label: 'runs', period: PERIOD }),
        sweeper.metricFailures({ label: 'failed', period: PERIOD }),
        metrics.unmendedJobs({ label: 'records not mended', period: PERIOD }),
      ]),
    );
  }
}

function graph(title: string, left: IMetric[], leftYAxis: YAxisProps = {}): GraphWidget {
  return new GraphWidget({
    title,
    left,
    width: 8,
    height: 6,
    leftYAxis: { min: 0, showUnits: false, ...leftYAxis },
  });
}
