import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Priority } from '../contract/index.ts';
import { grantConsume } from './grants.ts';
import type { QueuePlan } from './pool-plan.ts';

export interface PriorityQueueProps {
  readonly plan: QueuePlan;
  readonly queueRetention: Duration;
  readonly deadLetterRetention: Duration;
  /** How long a dead letter stays invisible while the recorder has it. */
  readonly deadLetterVisibility: Duration;
  readonly maxReceiveCount: number;
  readonly removalPolicy: RemovalPolicy;
}

/** What one priority of a pool has: a queue, its dead-letter queue, and the event source that feeds the worker. */
export class PriorityQueue extends Construct {
  readonly pool: string;
  readonly priority: Priority;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly plan: QueuePlan;
  /** What feeds the worker, once there is one. */
  eventSource: EventSourceMapping | undefined;

  constructor(scope: Construct, id: string, props: PriorityQueueProps) {
    super(scope, id);
    const { plan, removalPolicy } = props;
    this.plan = plan;
    this.pool = plan.pool;
    this.priority = plan.priority;
    const shared = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, removalPolicy };
    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      ...shared,
      retentionPeriod: props.deadLetterRetention,
      visibilityTimeout: props.deadLetterVisibility,
    });
    this.queue = new Queue(this, 'Jobs', {
      ...shared,
      retentionPeriod: props.queueRetention,
      visibilityTimeout: Duration.seconds(plan.visibility),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: props.maxReceiveCount },
    });
  }

  /** Lets this queue invoke a worker, through its alias, with bounded concurrency and partial batch responses. */
  feed(worker: IFunction): EventSourceMapping {
    grantConsume(worker, [this.queue]);
    const { batchSize, batchWindow, maxConcurrency, pollers } = this.plan;
    this.eventSource = new EventSourceMapping(this, 'Feed', {
      target: worker,
      eventSourceArn: this.queue.queueArn,
      batchSize,
      maxBatchingWindow: batchWindow > 0 ? Duration.seconds(batchWindow) : undefined,
      maxConcurrency,
      provisionedPollerConfig: pollers && {
        minimumPollers: pollers.minimum,
        maximumPollers: pollers.maximum,
      },
      reportBatchItemFailures: true,
    });
    return this.eventSource;
  }

  /** Messages that wait for a worker, of those that are due. */
  metricDepth(options?: MetricOptions): IMetric {
    return this.queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options });
  }

  /** Messages that are not due yet: delays, retries, snoozes. */
  metricDelayed(options?: MetricOptions): IMetric {
    return this.queue.metricApproximateNumberOfMessagesDelayed({ statistic: 'Maximum', ...options });
  }

  /** Seconds since the oldest message was sent. */
  metricOldestAge(options?: MetricOptions): IMetric {
    return this.queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', ...options });
  }

  /** Messages in the dead-letter queue that the recorder has not filed yet and does not hold. */
  metricDeadLetters(options?: MetricOptions): IMetric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      ...options,
    });
  }

  /** Messages of the dead-letter queue that the recorder holds, or has put back for later. */
  metricDeadLettersHeld(options?: MetricOptions): IMetric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesNotVisible({
      statistic: 'Maximum',
      ...options,
    });
  }
}
