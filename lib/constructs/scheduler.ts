import { ArnFormat, Aws, Duration, Fn, Names, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { STACK_DEFAULTS } from './defaults.ts';
import { allow } from './grants.ts';
import type { JobQueues } from './job-queues.ts';
import { leastVisibility } from './rules/index.ts';

export interface SchedulerProps {
  readonly queues: JobQueues;
  readonly deadLetterRetention: Duration;
  readonly removalPolicy: RemovalPolicy;
}

/** A group of EventBridge Scheduler's schedules: its name, and the ARNs that policies name it by. */
export interface ScheduleGroup {
  readonly name: string;
  readonly arn: string;
  /** Of each schedule in it. */
  readonly schedulesArn: string;
}

/** What Millrace has of EventBridge Scheduler: three groups, the role that it sends by, and where unsent messages go. */
export class Scheduler extends Construct {
  /** Dispatches that are over 15 minutes away: one schedule each, which deletes itself. */
  readonly oneTime: ScheduleGroup;
  /** The schedules that are made at run time. */
  readonly runtime: ScheduleGroup;
  /** The catalog's schedules, and the sweeper's. It goes with the stack, whatever the removal policy: so do they. */
  readonly declared: ScheduleGroup;
  /** Sends to the job queues, and may nothing else. */
  readonly role: Role;
  /** Where EventBridge Scheduler puts what it could not send. The recorder reads it. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: SchedulerProps) {
    super(scope, id);
    const { queues, removalPolicy } = props;
    this.oneTime = group(this, 'OneTime', removalPolicy);
    this.runtime = group(this, 'Runtime', removalPolicy);
    this.declared = group(this, 'Declared');
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: props.deadLetterRetention,
      visibilityTimeout: Duration.seconds(
        leastVisibility({ functionTimeout: STACK_DEFAULTS.systemTimeout, batchWindow: 0 }),
      ),
      removalPolicy,
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This queue is itself the dead-letter queue of EventBridge Scheduler; the recorder reads it.',
    });
    this.role = new Role(this, 'Role', {
      description: 'EventBridge Scheduler sends the messages of jobs by it',
      assumedBy: schedulerPrincipal(this.groups),
    });
    allow(this.role, ['sqs:SendMessage'], [...queues.arns, this.deadLetters.queueArn]);
  }

  /** The target by which EventBridge Scheduler calls SQS itself, with all that SendMessage takes: a message group, say. */
  get sendMessageArn(): string {
    return `arn:${Aws.PARTITION}:scheduler:::aws-sdk:sqs:sendMessage`;
  }

  get groups(): readonly ScheduleGroup[] {
    return [this.oneTime, this.runtime, this.declared];
  }

  /** Firings that were given up, because their target could not be called until their retry policy ended. */
  metricDropped(options?: MetricOptions): IMetric {
    const usingMetrics: Record<string, IMetric> = {};
    for (const [i, { name }] of this.groups.entries()) usingMetrics[`group${i}`] = dropped(name, options);
    const expression = Object.keys(usingMetrics).join(' + ');
    return new MathExpression({
      expression,
      usingMetrics,
      period: FIVE_MINUTES,
      label: 'Dropped firings',
      ...options,
    });
  }

  /** Messages of EventBridge Scheduler that could not be sent and that the recorder has not filed yet. */
  metricDeadLetters(options?: MetricOptions): IMetric {
    return this.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options });
  }
}

const FIVE_MINUTES = Duration.minutes(5);

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html */
function dropped(ScheduleGroup: string, options?: MetricOptions): IMetric {
  return new Metric({
    namespace: 'AWS/Scheduler',
    metricName: 'InvocationDroppedCount',
    dimensionsMap: { ScheduleGroup },
    statistic: 'Sum',
    period: FIVE_MINUTES,
    ...options,
  });
}

/** EventBridge Scheduler, for schedules of these groups of this account: nobody else's schedule can borrow the role. */
export function schedulerPrincipal(groups: readonly ScheduleGroup[]): ServicePrincipal {
  return new ServicePrincipal('scheduler.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID, 'aws:SourceArn': groups.map(({ arn }) => arn) },
    },
  });
}

/** A schedule group's name has at most 64 characters (CreateScheduleGroup); the stack's own id takes 36 and a hyphen. */
const NAME_LENGTH = 64 - 37;

function group(scope: Construct, id: string, removalPolicy?: RemovalPolicy): ScheduleGroup {
  const own = new Construct(scope, id);
  // With the stack's id in it, a group that was retained is in nobody's way when the stack is deployed anew.
  const stackId = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  const given = `${Names.uniqueResourceName(own, { maxLength: NAME_LENGTH, separator: '-' })}-${stackId}`;
  const resource = new CfnScheduleGroup(own, 'Group', { name: given });
  if (removalPolicy) resource.applyRemovalPolicy(removalPolicy);
  const name = resource.ref;
  const schedulesArn = Stack.of(scope).formatArn({
    service: 'scheduler',
    resource: 'schedule',
    resourceName: `${name}/*`,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  return { name, arn: resource.attrArn, schedulesArn };
}
