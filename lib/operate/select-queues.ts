import {
  type EventSources,
  InvalidOptionError,
  isPriority,
  PRIORITIES,
  type Priority,
  type QueueUrls,
} from '../contract/index.ts';

/** One queue as operators know it. */
export interface OperatedQueue {
  readonly pool: string;
  readonly priority: Priority;
  readonly url: string;
  readonly deadLetterUrl: string | undefined;
  /** The UUID of the event source mapping that feeds the worker. */
  readonly eventSource: string | undefined;
}

/** A pool, or one priority of it. */
export interface QueueSelection {
  readonly pool: string;
  /** @default every priority of the pool */
  readonly priority?: Priority;
}

export interface KnownQueues {
  readonly queues: QueueUrls;
  readonly deadLetterQueues: QueueUrls;
  readonly eventSources: EventSources;
}

/** Every queue that is configured: pool by pool, the highest priority first. */
export function everyQueue({ queues, deadLetterQueues, eventSources }: KnownQueues): OperatedQueue[] {
  return Object.entries(queues).flatMap(([pool, urls]) =>
    PRIORITIES.flatMap((priority) => {
      const url = urls[priority];
      if (url === undefined) return [];
      const deadLetterUrl = deadLetterQueues[pool]?.[priority];
      return [{ pool, priority, url, deadLetterUrl, eventSource: eventSources[pool]?.[priority] }];
    }),
  );
}

/**
 * The queues of a pool, or the one of its priority.
 *
 * @throws {InvalidOptionError} when the configuration names no such queue
 */
export function selectQueues(known: KnownQueues, { pool, priority }: QueueSelection): OperatedQueue[] {
  const all = everyQueue(known);
  if (priority !== undefined && !isPriority(priority)) throw noSuchQueue(all, { pool, priority });
  const found = all.filter(
    (queue) => queue.pool === pool && (priority === undefined || queue.priority === priority),
  );
  if (found.length === 0) throw noSuchQueue(all, { pool, priority });
  return found;
}

function noSuchQueue(all: readonly OperatedQueue[], { pool, priority }: { pool: string; priority?: string }) {
  return new InvalidOptionError({
    option: priority === undefined ? 'pool' : 'priority',
    got: priority === undefined ? pool : `${pool}/${priority}`,
    expected: `one of ${all.map((queue) => `${queue.pool}/${queue.priority}`).join(', ') || '(none is configured)'}`,
    fix: 'name a pool of the stack, and one of its priorities',
    context: { pool, priority },
  });
}
