import { Duration } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Role } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { AWS_LIMITS, STACK_DEFAULTS } from './defaults.ts';
import { environmentOf, type LogSettings, type RecordRetentions, secondsText } from './function-settings.ts';
import { allow, grantSweep } from './grants.ts';
import type { JobTable } from './job-table.ts';
import { type Scheduler, schedulerPrincipal } from './scheduler.ts';
import { SystemFunction } from './system-function.ts';

export interface SweeperProps {
  readonly table: JobTable;
  readonly scheduler: Scheduler;
  readonly retentions: RecordRetentions;
  /** The longest that a message can exist: still to be sent, in a queue, then in its dead-letter queue. */
  readonly messageRetention: Duration;
  readonly logs: LogSettings;
}

/** The scheduled function that goes over the job table, a part a run, for what no message brings back any more. */
export class Sweeper extends SystemFunction {
  constructor(scope: Construct, id: string, props: SweeperProps) {
    const { table, scheduler, retentions, messageRetention, logs } = props;
    super(scope, id, {
      name: 'sweeper',
      description: 'Millrace: mends jobs that no message brings back',
      environment: environmentOf('sweeper', {
        table: table.tableName,
        retention: secondsText(retentions.retention),
        deadRetention: secondsText(retentions.deadRetention),
        messageRetention: secondsText(messageRetention),
      }),
      logs,
    });
    grantSweep(this, table);
    // One run that fails is made up for by the next: nothing here is urgent, so nothing is tried again at once, and what had
    // to wait for a free execution until the next one is due is not run beside it.
    this.alias.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge: Duration.minutes(STACK_DEFAULTS.sweepMinutes),
    });
    const role = new Role(this, 'SchedulerRole', {
      description: 'EventBridge Scheduler runs the sweeper by it',
      assumedBy: schedulerPrincipal([scheduler.declared]),
    });
    allow(role, ['lambda:InvokeFunction'], [this.alias.functionArn]);
    new CfnSchedule(this, 'Schedule', {
      description: 'Runs the sweeper of the job table',
      groupName: scheduler.declared.name,
      scheduleExpression: `rate(${STACK_DEFAULTS.sweepMinutes} minutes)`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.alias.functionArn,
        roleArn: role.roleArn,
        // This is about an event that Lambda does not take; what the function makes of it Scheduler never learns.
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: AWS_LIMITS.minEventAge },
      },
    });
  }

  /** Its runs, those that failed included: a count over the period, five minutes by default. */
  metricRuns(options?: MetricOptions): IMetric {
    return this.function.metricInvocations(options);
  }

  /** Its runs that failed or ran out of time: a count over the period, five minutes by default. */
  metricFailures(options?: MetricOptions): IMetric {
    return this.function.metricErrors(options);
  }
}
