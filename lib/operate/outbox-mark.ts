import { DEFAULTS, isFar, isWaiting } from '../contract/index.ts';
import type { JobRecord } from '../state/index.ts';

/** The lifecycle function follows the table's stream within a second or two: what is older was sent, or failed. */
export const OUTBOX_TIME = 10_000;

/**
 * How long after its time EventBridge Scheduler may have a dispatch: it tries for a day, from up to a minute after the time.
 * The recorder then takes what it gave up; what lies there longer, the alarm SchedulerDeadLetters tells after 15 minutes.
 */
const SCHEDULER_TIME = DEFAULTS.scheduleEventAge + 15 * 60_000;

export function byOutbox({ out, dispatch }: JobRecord): boolean {
  return out === dispatch;
}

/** Whether what the outbox has was over 15 minutes away when it got it. */
export function wasFar(record: JobRecord): boolean {
  return isFar(record.runAt, askedAt(record));
}

/** Whether by its record the dispatch stands on a one-time schedule, is to, or stood on one that may not be done with. */
export function isScheduled(record: JobRecord, now: number): boolean {
  const { status, runAt } = record;
  return isWaiting(status) && now < runAt + SCHEDULER_TIME && byOutbox(record) && wasFar(record);
}

/**
 * When the outbox was asked for the dispatch: as the job was born or its turn came, by its newest attempt, or at `outAt`. A
 * claim leaves `outAt` behind, and began later.
 */
export function askedAt({ enqueuedAt, unblockedAt = 0, startedAt = 0, outAt = 0 }: JobRecord): number {
  return Math.max(enqueuedAt, unblockedAt, startedAt, outAt);
}
