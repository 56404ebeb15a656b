import type { JobRecord } from '../state/index.ts';
import type { QueueStatus } from './queue-status.ts';
import type { ScheduleStatus } from './schedule-status.ts';

/** What is known beside a job's record. */
export interface Seen {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Undefined where it could not be asked. */
  readonly queue: QueueStatus | undefined;
  /** Why it could not: no URL of it, or no right to ask. @default the configuration does not name it */
  readonly forbidden?: boolean;
  /** Of a dispatch that stands on a one-time schedule by its record. Undefined where it could not be looked at. */
  readonly schedule?: ScheduleStatus | undefined;
  /** Why it could not, as a sentence. @default the configuration does not name its group */
  readonly scheduleUnseen?: string | undefined;
}

/** Why nobody counted the queue, where `forbidden`. */
export const QUEUE_FORBIDDEN = 'The credentials do not allow to ask that queue how it stands.';

/** Why nobody looked at the schedule, as a sentence. */
export function scheduleUnseenOf({ scheduleUnseen }: Seen): string {
  return scheduleUnseen ?? 'Nobody looked at that schedule: the configuration does not name its group.';
}

export function isDrained({ feed }: QueueStatus): boolean {
  return feed === 'disabled' || feed === 'disabling';
}

/** What holds a job up before its message is received, as one more sentence; empty where nothing does. */
export function untilResumed({ pool, priority }: JobRecord, { queue, forbidden }: Seen): string {
  if (forbidden) return ' Whether its queue is drained is not known: the credentials do not allow to ask it.';
  return queue && isDrained(queue)
    ? ` The queue is drained: not before \`millrace resume ${pool}/${priority}\`.`
    : '';
}
