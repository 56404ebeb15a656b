import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { PRIORITIES, type Priority } from '../contract/index.ts';
import { STACK_DEFAULTS } from './defaults.ts';
import type { PoolPlan } from './pool-plan.ts';
import { PriorityQueue } from './priority-queue.ts';
import { leastVisibility } from './rules/index.ts';

export interface JobQueuesProps {
  readonly plans: readonly PoolPlan[];
  readonly queueRetention: Duration;
  readonly deadLetterRetention: Duration;
  readonly maxReceiveCount: number;
  readonly removalPolicy: RemovalPolicy;
}

/** The queues of every pool: made before any function, because each function knows them all. */
export class JobQueues extends Construct {
  readonly all: readonly PriorityQueue[];

  constructor(scope: Construct, id: string, { plans, ...rest }: JobQueuesProps) {
    super(scope, id);
    const deadLetterVisibility = Duration.seconds(
      leastVisibility({ functionTimeout: STACK_DEFAULTS.systemTimeout, batchWindow: 0 }),
    );
    this.all = plans.flatMap(({ name, queues }) => {
      const pool = new Construct(this, name);
      return queues.map(
        (plan) => new PriorityQueue(pool, plan.priority, { ...rest, plan, deadLetterVisibility }),
      );
    });
  }

  /** Those of one pool, highest priority first. */
  of(pool: string): readonly PriorityQueue[] {
    return this.all.filter((queue) => queue.pool === pool);
  }

  /** One queue; undefined where there is no such pool. */
  find({ pool, priority }: { pool: string; priority: Priority }): PriorityQueue | undefined {
    return this.all.find((queue) => queue.pool === pool && queue.priority === priority);
  }

  get arns(): readonly string[] {
    return this.all.map(({ queue }) => queue.queueArn);
  }

  /** JSON: pool → priority → queue URL, as the functions and producers read it. */
  get json(): string {
    return this.#json(({ queue }) => queue.queueUrl);
  }

  /** JSON: pool → priority → URL of the dead-letter queue, as operators read it. */
  get deadLettersJson(): string {
    return this.#json(({ deadLetterQueue }) => deadLetterQueue.queueUrl);
  }

  /** JSON: pool → priority → UUID of the event source mapping, as operators read it; once every pool feeds its worker. */
  get eventSourcesJson(): string {
    return this.#json(({ eventSource }) => eventSource?.eventSourceMappingId);
  }

  #json(value: (queue: PriorityQueue) => string | undefined): string {
    const pools = [...new Set(this.all.map(({ pool }) => pool))];
    const values = pools.map((pool) => {
      const queues = PRIORITIES.map((priority) => {
        const queue = this.find({ pool, priority });
        return [priority, queue && value(queue)];
      });
      return [pool, Object.fromEntries(queues)];
    });
    return Stack.of(this).toJsonString(Object.fromEntries(values));
  }
}
