import { type Catalog, PRIORITIES, type QueueUrls } from '../contract/index.ts';
import { TestQueue } from './test-queue.ts';

/**
 * What the stack gives its queues and functions unless its props say otherwise; a test holds these numbers against it.
 * Durations in milliseconds.
 */
export const STACK = {
  functionMargin: 30_000,
  visibilityMargin: 30_000,
  systemTimeout: 60_000,
  maxReceiveCount: 10,
  queueRetention: 4 * 86_400_000,
  deadLetterRetention: 14 * 86_400_000,
  longestFunction: 900_000,
  sweepInterval: 15 * 60_000,
} as const;

/** A pool's queues, those of the highest priority first, and how long its function runs at most. */
export interface PoolQueues {
  readonly pool: string;
  /** Milliseconds. */
  readonly functionTimeout: number;
  readonly queues: readonly { readonly queue: TestQueue; readonly deadLetters: TestQueue }[];
}

/** All the queues of a stack. */
export interface StackQueues {
  readonly pools: readonly PoolQueues[];
  /** What the recorder reads. */
  readonly deadLetters: readonly TestQueue[];
  /** One of them: for what EventBridge Scheduler could not send. */
  readonly schedulerDeadLetters: TestQueue;
  /** Every one. */
  readonly all: readonly TestQueue[];
  /** The URLs of the pools' queues, as the functions are told them. */
  readonly urls: QueueUrls;
}

/** The queues that the stack makes for a catalog. */
export function makeQueues(catalog: Catalog): StackQueues {
  const names = [...new Set(catalog.jobs.map(({ pool }) => pool))];
  const pools = names.map((pool): PoolQueues => {
    const longest = Math.max(
      ...catalog.jobs.filter((job) => job.pool === pool).map(({ timeout }) => timeout),
    );
    const functionTimeout = Math.min(longest + STACK.functionMargin, STACK.longestFunction);
    const queues = PRIORITIES.map((priority) => {
      const name = `${pool}-${priority}`;
      const deadLetters = deadLetterQueue(`${name}-dead-letters`);
      const queue = new TestQueue({
        name,
        visibility: functionTimeout + STACK.visibilityMargin,
        retention: STACK.queueRetention,
        redrive: { to: deadLetters, maxReceiveCount: STACK.maxReceiveCount },
      });
      return { queue, deadLetters };
    });
    return { pool, functionTimeout, queues };
  });
  const urls = Object.fromEntries(
    pools.map(({ pool, queues }) => [
      pool,
      Object.fromEntries(PRIORITIES.map((priority, i) => [priority, queues[i]?.queue.url ?? ''])),
    ]),
  );
  const schedulerDeadLetters = deadLetterQueue('scheduler-dead-letters');
  const pairs = pools.flatMap(({ queues }) => queues);
  const deadLetters = [...pairs.map((pair) => pair.deadLetters), schedulerDeadLetters];
  const all = [...pairs.map(({ queue }) => queue), ...deadLetters];
  return { pools, deadLetters, schedulerDeadLetters, all, urls };
}

function deadLetterQueue(name: string): TestQueue {
  return new TestQueue({
    name,
    visibility: STACK.systemTimeout + STACK.visibilityMargin,
    retention: STACK.deadLetterRetention,
  });
}
