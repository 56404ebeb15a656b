import { DEFAULTS } from '../contract/index.ts';
import type { JobRecord } from '../state/index.ts';
import { nameOf } from './in-words.ts';
import type { QueueStatus } from './queue-status.ts';
import { isDrained, QUEUE_FORBIDDEN, type Seen, scheduleUnseenOf, untilResumed } from './seen.ts';
import { span } from './span.ts';
import { COUNTS_LAG, isEmpty, swept } from './unseen.ts';
import { taking } from './untaken.ts';
import type { Told } from './whereabouts.ts';

/** EventBridge Scheduler fires within a minute of the time (schedule types, user guide); SQS's counts lag from then on. */
const FIRING_SHOWS = 60_000 + COUNTS_LAG;

const GIVEN_UP =
  'If EventBridge Scheduler gives it up, as the alarm SchedulerDropped tells, the recorder brings the job back from Scheduler’s own dead-letter queue; that it does not, the alarm SchedulerDeadLetters tells.';

/**
 * Of a job whose dispatch the outbox had to put on a one-time schedule, and whose time has come: EventBridge Scheduler sent
 * it, tries to, or gave it up. The schedule deletes itself when Scheduler is done with it.
 */
export function pastSchedule(record: JobRecord, seen: Seen): Told {
  const { schedule, queue, now } = seen;
  const until = (schedule?.firesAt?.getTime() ?? record.runAt) + DEFAULTS.scheduleEventAge;
  if (schedule?.stands) return trying(record, { seen, until });
  const told = queue ? byQueue(record, { seen, queue, until }) : uncounted(record, seen);
  const { dispatch, runAt } = record;
  const due = `Dispatch ${dispatch} is due since ${span(now - runAt)}`;
  const trail = schedule
    ? `${due}, and its one-time schedule is gone: EventBridge Scheduler has sent it to ${nameOf(record)}, or given it up.`
    : `${due}, and by its record stood on a one-time schedule; whether EventBridge Scheduler has sent it to ${nameOf(record)} is not known. ${scheduleUnseenOf(seen)}`;
  return { ...told, here: told.here === '' ? trail : `${trail} ${told.here}` };
}

function trying(record: JobRecord, { seen, until }: { seen: Seen; until: number }): Told {
  return {
    place: 'schedule',
    here: `Dispatch ${record.dispatch} still stands on its one-time schedule, due since ${span(seen.now - record.runAt)}: EventBridge Scheduler has not sent it to ${nameOf(record)} yet, or could not.`,
    next: `${tries(until, seen.now)}; once it is sent, a worker ${taking(record)}. ${GIVEN_UP}${untilResumed(record, seen)}`,
  };
}

function tries(until: number, now: number): string {
  return `EventBridge Scheduler ${now < until ? 'tries' : 'tried'} until ${new Date(until).toISOString()}`;
}

function uncounted(record: JobRecord, { forbidden }: Seen): Told {
  return {
    place: 'queue',
    here: forbidden ? QUEUE_FORBIDDEN : '',
    next: `Once it is sent, a worker ${taking(record)}${forbidden ? ', unless its queue is drained' : ''}. ${GIVEN_UP}`,
  };
}

function byQueue(
  record: JobRecord,
  { seen, queue, until }: { seen: Seen; queue: QueueStatus; until: number },
): Told {
  const { now, schedule } = seen;
  const { waiting, inFlight, deadLetters = 0 } = queue;
  const name = nameOf(record);
  const counts = `${waiting} wait there, ${inFlight} in flight`;
  if (isDrained(queue)) {
    const next = `Once it is sent, nothing happens to it until \`millrace resume ${name}\`. ${GIVEN_UP}`;
    return { place: 'paused', here: `That queue is drained (${counts}).`, next };
  }
  const lags = schedule !== undefined && now - record.runAt < FIRING_SHOWS;
  if (!isEmpty(queue) || lags) {
    const next = `Once it is sent, a worker ${taking(record)} when its turn comes. ${GIVEN_UP}`;
    return { place: 'queue', here: `Of that queue SQS counts: ${counts}.`, next };
  }
  if (deadLetters > 0) {
    return {
      place: 'dead-letter-queue',
      here: `That queue is empty; ${deadLetters} lie in its dead-letter queue, and it may be one of them.`,
      next: `The recorder brings it back from there, or ends it. ${GIVEN_UP}`,
    };
  }
  const unseen = `No message is to be seen in that queue or its dead-letter queue (SQS counts approximately).`;
  if (schedule === undefined && now < until) {
    const next = `${tries(until, now)}, and may be at it; once it is sent, a worker ${taking(record)}. ${GIVEN_UP}`;
    return { place: 'schedule', here: unseen, next };
  }
  return {
    place: 'dead-letter-queue',
    here: `${unseen} It may lie in the dead-letter queue of EventBridge Scheduler, which nobody counts here.`,
    next: `${GIVEN_UP} If its schedule was never made, the alarms OutboxAge and LifecycleFailures tell. If its message is lost, ${swept(record, { queue, now })}`,
  };
}
