import type { JobRecord } from '../state/index.ts';
import { nameOf, reason } from './in-words.ts';
import { onSchedule } from './on-schedule.ts';
import { askedAt, byOutbox, isScheduled, OUTBOX_TIME, wasFar } from './outbox-mark.ts';
import { pastSchedule } from './past-schedule.ts';
import type { QueueStatus } from './queue-status.ts';
import { isDrained, QUEUE_FORBIDDEN, type Seen, untilResumed } from './seen.ts';
import { span } from './span.ts';
import { COUNTS_LAG, isEmpty, swept } from './unseen.ts';
import { taking, withUntaken } from './untaken.ts';
import type { Told } from './whereabouts.ts';
import { withoutQueue } from './without-queue.ts';

/** Of a job that is queued, scheduled or retrying. */
export function waiting(record: JobRecord, seen: Seen): Told {
  const told = withoutQueue(record, { told: placed(record, seen), seen });
  if (!record.cancelRequested) return withUntaken(record, { told, now: seen.now });
  // It was asked of a worker, which then gave the job back. No build has to know its type for that.
  return {
    ...told,
    next: `${told.next} A cancel was requested: whoever receives its message ends it as cancelled.`,
  };
}

function placed(record: JobRecord, seen: Seen): Told {
  const { dispatch, runAt } = record;
  const { now, queue } = seen;
  const name = nameOf(record);
  const left = runAt - now;
  const resumed = untilResumed(record, seen);
  if (isScheduled(record, now)) {
    // By its schedule it fires at the next whole second.
    const firesAt = seen.schedule?.firesAt?.getTime() ?? runAt;
    return Math.max(firesAt, runAt) > now ? onSchedule(record, seen) : pastSchedule(record, seen);
  }
  const asked = askedFor(record, now);
  if (asked !== undefined && asked < OUTBOX_TIME) {
    return {
      place: 'outbox',
      here: `It is in the outbox: dispatch ${dispatch} stands in the table, and the lifecycle function is to send it to ${name}.`,
      next: `It is sent within seconds.${resumed}`,
    };
  }
  if (left <= 0) return due(record, seen);
  const lags = asked === undefined || asked < COUNTS_LAG;
  if (!lags && queue && isEmpty(queue) && !isDrained(queue)) return unsent(record, { queue, now });
  return {
    place: 'delayed',
    here: `Dispatch ${dispatch} is in ${name} and not due yet: it is ${reason(record)}.${sender(record)}`,
    next: `It is due in ${span(left)}; then a worker ${taking(record)}.${resumed}`,
  };
}

function due(record: JobRecord, seen: Seen): Told {
  const { queue, now, forbidden } = seen;
  const { dispatch, runAt } = record;
  const name = nameOf(record);
  const since = now - runAt;
  const waits = `Dispatch ${dispatch} waits in ${name}, due since ${span(since)}`;
  if (queue === undefined) {
    const here = forbidden
      ? `${waits}. ${QUEUE_FORBIDDEN}`
      : `Dispatch ${dispatch} is due since ${span(since)}.${sender(record)}`;
    return { place: 'queue', here, next: `A worker ${taking(record)}, unless its queue is drained.` };
  }
  const { waiting: ahead, inFlight, deadLetters = 0 } = queue;
  const counts = `${ahead} wait there, ${inFlight} in flight`;
  if (isDrained(queue)) {
    const next = `Nothing happens to it until \`millrace resume ${name}\`.`;
    return { place: 'paused', here: `${waits}; that queue is drained (${counts}).${sender(record)}`, next };
  }
  const seenFor = Math.min(since, askedFor(record, now) ?? since);
  if (!isEmpty(queue) || seenFor < COUNTS_LAG) {
    const here = `${waits}; ${counts}.${sender(record)}`;
    return { place: 'queue', here, next: `A worker ${taking(record)} when its turn comes.` };
  }
  if (deadLetters > 0) {
    return {
      place: 'dead-letter-queue',
      here: `It is due since ${span(since)}, and ${name} is empty; ${deadLetters} lie in its dead-letter queue, and it may be one of them.`,
      next: 'The recorder brings it back from there, or ends it.',
    };
  }
  if (byOutbox(record) && !wasFar(record)) return unsent(record, { queue, now });
  const stood = byOutbox(record)
    ? ' It was to stand on a one-time schedule, and nobody counts the dead-letter queue of EventBridge Scheduler here: the alarm SchedulerDeadLetters tells what lies there.'
    : '';
  return {
    place: 'lost',
    here: `It is due since ${span(since)}, and no message is to be seen in ${name} or its dead-letter queue (SQS counts approximately).${stood}`,
    next: `If its message is lost, ${swept(record, { queue, now })}`,
  };
}

/** The outbox had it to send, and nothing is to be seen of it. */
function unsent(record: JobRecord, at: { queue: QueueStatus; now: number }): Told {
  return {
    place: 'outbox',
    here: `It is in the outbox, by all signs: the lifecycle function had dispatch ${record.dispatch} to send, and no message is to be seen in ${nameOf(record)} (SQS counts approximately).`,
    next: `Look at the alarm LifecycleFailures and at the lifecycle function’s log. If it was not sent, ${swept(record, at)}`,
  };
}

/**
 * Milliseconds since the outbox was asked for the dispatch; undefined where it was not, or for a one-time schedule. Nobody
 * takes `out` away when it is sent, only the claim does.
 */
function askedFor(record: JobRecord, now: number): number | undefined {
  return byOutbox(record) && !wasFar(record) ? now - askedAt(record) : undefined;
}

function sender(record: JobRecord): string {
  return byOutbox(record) ? ' The lifecycle function had it to send.' : '';
}
