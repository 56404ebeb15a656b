import { PRIORITIES, type Priority } from '../../../lib/contract/index.ts';
import { Queue } from './queue.ts';

const DAY = 86_400_000;

/** The stack's retentions, in milliseconds. */
export const RETENTION = { queue: 4 * DAY, deadLetter: 14 * DAY } as const;
/** Fewer receives than the stack's ten, so that runs see the dead-letter queue. */
const MAX_RECEIVES = 6;
const MARGIN = 30_000;

/** The two queues of one priority. */
export interface PoolQueues {
  readonly priority: Priority;
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

/** Where EventBridge Scheduler puts what it could not send. */
export function makeSchedulerDeadLetters(recorderTimeout: number): Queue {
  const visibility = recorderTimeout + MARGIN;
  return new Queue({ name: 'scheduler-dead', visibility, retention: RETENTION.deadLetter });
}

/** The queues of a pool as the stack makes them, for functions that run so long at most. */
export function makeQueues(workerTimeout: number, recorderTimeout: number): PoolQueues[] {
  return PRIORITIES.map((priority) => {
    const deadLetters = new Queue({
      ...{ name: `${priority}-dead`, visibility: recorderTimeout + MARGIN, retention: RETENTION.deadLetter },
    });
    const queue = new Queue({
      ...{ name: priority, visibility: workerTimeout + MARGIN, retention: RETENTION.queue },
      redrive: { to: deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
    return { priority, queue, deadLetters };
  });
}
