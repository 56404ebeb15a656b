import type { Duration } from 'aws-cdk-lib';
import { type Catalog, DEFAULTS, type JobType, PRIORITIES, type Priority } from '../contract/index.ts';
import { AWS_LIMITS, STACK_DEFAULTS } from './defaults.ts';
import type { PoolProps, PriorityProps } from './pool-props.ts';
import {
  checkBatch,
  checkBounds,
  checkFunctionTimeout,
  checkPools,
  checkRange,
  checkReceiveCount,
  checkReservation,
  checkVisibility,
  isKnown,
  leastVisibility,
  literalSeconds,
  mostInvocations,
  type Pollers,
  secondsOf,
} from './rules/index.ts';

/** The numbers of one queue and its event source. Durations in seconds. */
export interface QueuePlan {
  readonly pool: string;
  readonly priority: Priority;
  readonly batchSize: number;
  readonly batchWindow: number;
  readonly visibility: number;
  readonly maxConcurrency: number | undefined;
  readonly pollers: Pollers | undefined;
}

/** The numbers of one pool. Durations in seconds. */
export interface PoolPlan {
  readonly name: string;
  readonly functionTimeout: number;
  /** Undefined: nothing is reserved. */
  readonly reserved: number | undefined;
  readonly concurrency: number;
  readonly queues: readonly QueuePlan[];
}

export interface PlanOptions {
  readonly catalog: Catalog;
  readonly pools: Readonly<Record<string, PoolProps>>;
  readonly reservations: boolean;
  readonly maxReceiveCount: number;
  readonly queueRetention: Duration;
}

/**
 * Derives every pool's numbers from the declarations and the props, and checks them.
 *
 * @throws {StackRuleError} for the first rule that they break
 */
export function planPools(options: PlanOptions): PoolPlan[] {
  const { catalog, pools } = options;
  checkPools({ catalog, pools: Object.keys(pools) });
  return Object.entries(pools).map(([name, props]) => {
    const jobs = catalog.jobs.filter((job) => job.pool === name);
    return planPool({ ...options, name, props, jobs });
  });
}

interface OnePool extends PlanOptions {
  readonly name: string;
  readonly props: PoolProps;
  readonly jobs: readonly JobType[];
}

function planPool(options: OnePool): PoolPlan {
  const { name, props, jobs, reservations } = options;
  const functionTimeout = functionTimeoutOf(options);
  checkFunctionTimeout({ pool: name, timeout: functionTimeout, jobs });
  const concurrency = props.concurrency ?? DEFAULTS.concurrency;
  checkRange({ option: `pools.${name}.concurrency`, value: concurrency, min: 1, max: 1_000 });
  const queues = PRIORITIES.map((priority) =>
    planQueue({ ...options, priority, functionTimeout, concurrency }),
  );
  const mappings = queues.map((queue) => ({ ...queue, queue: label(queue) }));
  const reserved = reservations
    ? (props.reservedConcurrency ?? sumOf(mappings.map(mostInvocations)))
    : undefined;
  checkReservation({ function: `the pool '${name}'`, reserved, mappings });
  return { name, functionTimeout, reserved, concurrency, queues };
}

/** The longest type timeout of the pool, or of all where it has no type, and the margin, within what Lambda allows. */
function functionTimeoutOf({ name, props, jobs, catalog }: OnePool): number {
  if (props.timeout !== undefined) return secondsOf(props.timeout, `pools.${name}.timeout`);
  // The jobs that are left in a pool whose types have all moved may be of any.
  const types = jobs.length > 0 ? jobs : catalog.jobs;
  const longest = Math.max(...types.map((job) => Math.ceil(job.timeout / 1_000)));
  return Math.min(longest + STACK_DEFAULTS.functionMargin, AWS_LIMITS.functionTimeout);
}

interface OneQueue extends OnePool {
  readonly priority: Priority;
  readonly functionTimeout: number;
  readonly concurrency: number;
}

function planQueue(options: OneQueue): QueuePlan {
  const { name, props, priority, functionTimeout } = options;
  const own: PriorityProps = props.priorities?.[priority] ?? {};
  const queue = label({ pool: name, priority });
  const path = `pools.${name}.priorities.${priority}`;
  // What an invocation does not begin at once may find no time left in it, and costs its message a receive.
  const batchSize = own.batchSize ?? atOnce(options.concurrency);
  const batchWindow = own.batchWindow
    ? secondsOf(own.batchWindow, `${path}.batchWindow`)
    : STACK_DEFAULTS.batchWindow;
  checkBatch({ queue, batchSize, batchWindow });
  const pollers = own.provisionedPollers;
  const maxConcurrency = own.maxConcurrency ?? (pollers ? undefined : defaultMaxConcurrency(options));
  checkBounds({ queue, maxConcurrency, pollers });
  const visibility = own.visibilityTimeout
    ? secondsOf(own.visibilityTimeout, `${path}.visibilityTimeout`)
    : leastVisibility({ functionTimeout, batchWindow });
  checkVisibility({ queue, visibility, functionTimeout, batchWindow });
  checkReceiveCount({
    queue,
    maxReceiveCount: options.maxReceiveCount,
    visibility,
    retention: literalSeconds(options.queueRetention),
  });
  return { pool: name, priority, batchSize, batchWindow, visibility, maxConcurrency, pollers };
}

function atOnce(concurrency: number): number {
  return isKnown(concurrency) ? Math.min(STACK_DEFAULTS.batchSize, concurrency) : STACK_DEFAULTS.batchSize;
}

/** Without reservations nothing but these bounds leaves other functions room: four priorities of two fit ten executions. */
function defaultMaxConcurrency({ jobs, priority, reservations }: OnePool & { priority: Priority }): number {
  const declared = jobs.some((job) => job.priority === priority);
  return declared && reservations ? STACK_DEFAULTS.maxConcurrency : STACK_DEFAULTS.idleMaxConcurrency;
}

/** Undefined where a bound is unknown: the sum then is, too. */
function sumOf(bounds: readonly (number | undefined)[]): number | undefined {
  return bounds.every(isKnown) ? bounds.reduce<number>((sum, bound) => sum + (bound ?? 0), 0) : undefined;
}

function label({ pool, priority }: { pool: string; priority: Priority }): string {
  return `the queue '${pool}/${priority}'`;
}
