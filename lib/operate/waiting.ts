import { DEFAULTS, isFar } from '../contract/index.ts';
import { hopWait, type JobRecord, lastSign } from '../state/index.ts';
import type { QueueStatus } from './queue-status.ts';
import { isDrained, type Seen, untilResumed } from './seen.ts';
import { span } from './span.ts';
import type { Told } from './whereabouts.ts';

/** SQS's counts lag by about a minute (GetQueueAttributes): only what lasts longer means anything. */
const COUNTS_LAG = 60_000;
/** The lifecycle function follows the table's stream within a second or two: what is older was sent, or failed. */
const OUTBOX_TIME = 10_000;

/** Of a job that is queued, scheduled or retrying. */
export function waiting(record: JobRecord, seen: Seen): Told {
  const { dispatch, runAt } = record;
  const { now, queue } = seen;
  const name = nameOf(record);
  const left = runAt - now;
  const resumed = untilResumed(record, seen);
  if (left > 0 && byOutbox(record) && wasFar(record, now)) {
    return {
      place: 'schedule',
      here: `Dispatch ${dispatch} stands on a one-time schedule until ${new Date(runAt).toISOString()}: it is ${reason(record)}.`,
      next: `EventBridge Scheduler sends it to ${name} in ${span(left)}, or up to a minute later; then a worker takes it. A cancel takes the schedule with it.${resumed}`,
    };
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
    next: `It is due in ${span(left)}; then a worker takes it.${resumed}`,
  };
}

function due(record: JobRecord, seen: Seen): Told {
  const { queue, now, forbidden } = seen;
  const { dispatch, runAt } = record;
  const name = nameOf(record);
  const since = now - runAt;
  const waits = `Dispatch ${dispatch} waits in ${name}, due since ${span(since)}`;
  if (queue === undefined) {
    const why = forbidden
      ? 'The credentials do not allow to ask that queue how it stands.'
      : 'The configuration does not name that queue.';
    const next = forbidden ? 'A worker takes it, unless its queue is drained.' : 'A worker takes it.';
    return { place: 'queue', here: `${waits}. ${why}`, next };
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
    return { place: 'queue', here, next: 'A worker takes it when its turn comes.' };
  }
  if (deadLetters > 0) {
    return {
      place: 'dead-letter-queue',
      here: `It is due since ${span(since)}, and ${name} is empty; ${deadLetters} lie in its dead-letter queue, and it may be one of them.`,
      next: 'The recorder brings it back from there, or ends it.',
    };
  }
  if (byOutbox(record) && !wasFar(record, now)) return unsent(record, { queue, now });
  return {
    place: 'lost',
    here: `It is due since ${span(since)}, and no message is to be seen in ${name} or its dead-letter queue (SQS counts approximately).`,
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

/** The sweeper waits for as long as a message can exist: on a one-time schedule, in the queue, in its dead-letter queue. */
function swept(record: JobRecord, { queue, now }: { queue: QueueStatus; now: number }): string {
  const end = lastSign(record) + DEFAULTS.scheduleEventAge + queue.messageRetention;
  return `the sweeper sends the next one once none can exist any more, in ${span(Math.max(end - now, 0))} and up to a day.`;
}

function byOutbox({ out, dispatch }: JobRecord): boolean {
  return out === dispatch;
}

/**
 * Milliseconds since the outbox was asked for the dispatch, at most; undefined where it was not, or for a one-time
 * schedule. Nobody takes `out` away when it is sent, only the claim does.
 */
function askedFor(record: JobRecord, now: number): number | undefined {
  if (!byOutbox(record) || wasFar(record, now)) return undefined;
  const { runAt, enqueuedAt, startedAt = 0 } = record;
  const asked = runAt - waited(record);
  return now - Math.max(enqueuedAt, startedAt, asked <= now ? asked : 0);
}

/**
 * Whether what the outbox has was over 15 minutes away when it got it. A redrive and a job's first send make it due at
 * once, the recorder after a while.
 */
function wasFar(record: JobRecord, now: number): boolean {
  const { status, runAt, enqueuedAt, startedAt = 0 } = record;
  if (isFar(runAt, now)) return true;
  return status === 'queued' ? isFar(waited(record), 0) : isFar(runAt, Math.max(enqueuedAt, startedAt));
}

/** How long the recorder made a job wait that it brought back last, at most; 0 where it has brought back none. */
function waited({ hops = 0 }: JobRecord): number {
  return hops === 0 ? 0 : hopWait(hops);
}

function isEmpty({ waiting, inFlight, delayed }: QueueStatus): boolean {
  return waiting + inFlight + delayed === 0;
}

function sender(record: JobRecord): string {
  return byOutbox(record) ? ' The lifecycle function had it to send.' : '';
}

function nameOf({ pool, priority }: JobRecord): string {
  return `${pool}/${priority}`;
}

function reason({ status, attempts, error, hops }: JobRecord): string {
  if (status === 'retrying')
    return `retrying after attempt ${attempts}${error ? ` (${error.name}: ${error.message})` : ''}`;
  // Only what came back from there is queued and not due.
  if (status === 'queued' && hops)
    return `back from the dead-letter queue (time ${hops} of ${DEFAULTS.hopLimit})`;
  return status;
}
