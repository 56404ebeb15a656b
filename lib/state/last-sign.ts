import type { JobRecord } from './record.ts';

/**
 * The latest moment, in milliseconds since the epoch, at which a message of the job is known to have been due, or a worker
 * to have held it.
 */
export function lastSign({ runAt, enqueuedAt, leaseUntil = 0, startedAt = 0 }: JobRecord): number {
  return Math.max(runAt, enqueuedAt, leaseUntil, startedAt);
}
