import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { AWS_LIMITS, STACK_DEFAULTS } from './defaults.ts';
import { environmentOf, type LogSettings, type RecordRetentions, secondsText } from './function-settings.ts';
import { allow, grantLifecycle, grantStream } from './grants.ts';
import type { JobQueues } from './job-queues.ts';
import type { JobTable } from './job-table.ts';
import type { Scheduler } from './scheduler.ts';
import { SystemFunction } from './system-function.ts';

export interface LifecycleProps {
  readonly table: JobTable;
  readonly queues: JobQueues;
  readonly scheduler: Scheduler;
  readonly retentions: RecordRetentions;
  readonly logs: LogSettings;
}

/** The function on the table's stream: it sends what is in the outbox, makes schedules, and deletes what expired records leave. */
export class Lifecycle extends SystemFunction {
  /** Where the stream's records go that could not be processed after every try. Empty, unless something is wrong. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, props: LifecycleProps) {
    const { table, queues, scheduler, retentions, logs } = props;
    super(scope, id, {
      name: 'lifecycle',
      description: 'Millrace: sends the outbox, makes schedules, deletes what expired records leave',
      environment: environmentOf('lifecycle', {
        table: table.tableName,
        queues: queues.json,
        deadRetention: secondsText(retentions.deadRetention),
        oneTimeGroup: scheduler.oneTime.name,
        scheduleGroup: scheduler.runtime.name,
        schedulerRole: scheduler.role.roleArn,
        schedulerDeadLetters: scheduler.deadLetters.queueArn,
      }),
      logs,
    });
    this.failures = new Queue(this, 'Failures', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.seconds(AWS_LIMITS.maxRetention),
      removalPolicy: logs.removalPolicy,
    });
    Validations.of(this.failures).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This queue is itself the last stop of failed stream records; an alarm watches its depth.',
    });
    grantLifecycle(this, {
      tableArn: table.tableArn,
      queueArns: queues.arns,
      oneTimeArn: scheduler.oneTime.schedulesArn,
      runtimeArn: scheduler.runtime.schedulesArn,
      roleArn: scheduler.role.roleArn,
    });
    acknowledgeSchedules(this, scheduler);
    grantStream(this, table.streamArn);
    allow(this, ['sqs:SendMessage'], [this.failures.queueArn]);
    new EventSourceMapping(this, 'Stream', {
      target: this.alias,
      eventSourceArn: table.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: STACK_DEFAULTS.streamBatchSize,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: NO_LIMIT,
      maxRecordAge: Duration.seconds(STACK_DEFAULTS.streamRecordAge),
      onFailure: { bind: () => ({ destination: this.failures.queueArn }) },
      filters: [OUTBOX, TAKEN_BACK, LEFT_BEHIND, TURN],
    });
  }

  /** How far it is behind: the age of the last record of a batch when the function is called, in milliseconds. */
  metricAge(options?: MetricOptions): IMetric {
    return this.function.metric('IteratorAge', { statistic: 'Maximum', ...options });
  }

  /** Stream records, in batches, that were given up. */
  metricFailures(options?: MetricOptions): IMetric {
    return this.failures.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options });
  }
}

/** cdk-nag names a finding by the resource as the template has it, references in angle brackets. */
function acknowledgeSchedules(scope: Construct, { oneTime, runtime }: Scheduler): void {
  for (const { schedulesArn } of [oneTime, runtime]) {
    const { 'Fn::Join': join } = Stack.of(scope).resolve(schedulesArn) as {
      'Fn::Join': [string, (string | { Ref: string })[]];
    };
    const named = join[1].map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`));
    Validations.of(scope).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${named.join('')}]`,
      reason: 'The schedules of this one group: their names are hashes that are made when the jobs are.',
    });
  }
}

/** Lambda: MaximumRetryAttempts of a stream, -1 for as long as the records are kept (CreateEventSourceMapping). */
const NO_LIMIT = -1;

/** A record with something to send. */
const OUTBOX = FilterCriteria.filter({ dynamodb: { NewImage: { out: { N: FilterRule.exists() } } } });

/** A record whose dispatch was taken back, with the one-time schedule that it may stand on. */
const TAKEN_BACK = FilterCriteria.filter({ dynamodb: { NewImage: { drop: { N: FilterRule.exists() } } } });

/** A job that ended and that the next job of its schedule may wait for. */
const TURN = FilterCriteria.filter({
  dynamodb: { NewImage: { serial: { S: FilterRule.exists() }, endedAt: { N: FilterRule.exists() } } },
});

/** A state item that is gone, by expiry or by hand, and had items beside it. */
const LEFT_BEHIND = FilterCriteria.filter({
  eventName: FilterRule.isEqual('REMOVE'),
  dynamodb: { OldImage: { sk: { S: FilterRule.isEqual('state') }, parts: { N: FilterRule.exists() } } },
});
