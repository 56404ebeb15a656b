import { DEFAULTS, isEnded, isFar, isWaiting } from '../contract/index.ts';
import type { JobRecord } from '../state/index.ts';
import type { QueueStatus } from './queue-status.ts';
import { span } from './span.ts';

/**
 * Where a job is:
 * - `nowhere`: there is no record of it
 * - `outbox`: in the table, for the lifecycle function to send
 * - `schedule`: on a one-time schedule of EventBridge Scheduler, not due yet
 * - `delayed`: in its queue, not due yet
 * - `queue`: in its queue, due
 * - `paused`: in its queue, due, and the queue is drained
 * - `worker`: a worker holds its lease
 * - `lapsed`: a worker held it and is gone
 * - `dead-letter-queue`: not in its queue, and messages lie in the dead-letter queue
 * - `lost`: no message of it can be seen anywhere
 * - `blocked`: waits for other jobs
 * - `ended`: over
 */
export type Place =
  | 'nowhere'
  | 'outbox'
  | 'schedule'
  | 'delayed'
  | 'queue'
  | 'paused'
  | 'worker'
  | 'lapsed'
  | 'dead-letter-queue'
  | 'lost'
  | 'blocked'
  | 'ended';

/** Where a job is and what happens to it next, in sentences for a person. */
export interface Told {
  readonly place: Place;
  readonly here: string;
  readonly next: string;
}

/** SQS's counts lag by about a minute (GetQueueAttributes): only what lasts longer means anything. */
const COUNTS_LAG = 60_000;

/** Tells by the record and by what its queue counts; a queue cannot be asked for one message. */
export function tell(
  record: JobRecord,
  { queue, now }: { readonly queue: QueueStatus | undefined; readonly now: number },
): Told {
  const { status } = record;
  if (isEnded(status)) return ended(record, now);
  if (status === 'blocked') {
    const { schedule = '' } = record;
    if (record.serial === undefined)
      return {
        place: 'blocked',
        here: 'It waits for other jobs.',
        next: 'It is queued once they have ended.',
      };
    const here = `It waits for the job before it, of the schedule '${schedule}'.`;
    return { place: 'blocked', here, next: 'It is queued when its turn comes: in the order of their times.' };
  }
  const told = isWaiting(status) ? waiting(record, { queue, now }) : running(record, now);
  return record.deadline === undefined ? told : { ...told, next: `${told.next} ${deadline(record, now)}` };
}

function deadline({ status, deadline = 0, leaseUntil = 0 }: JobRecord, now: number): string {
  const left = deadline - now;
  if (status === 'running' && leaseUntil >= now) {
    return left > 0
      ? `Its deadline is in ${span(left)}: the handler is told by its signal.`
      : `Its deadline passed ${span(-left)} ago, and no other attempt may start.`;
  }
  if (left > 0) return `Unless it starts before its deadline, in ${span(left)}, it expires.`;
  const ends = status === 'running' ? 'declares it dead' : 'ends it as expired';
  return `But its deadline passed ${span(-left)} ago: a worker, or the sweeper at its next run, ${ends}.`;
}

function ended({ status, id, error, endedAt, expiresAt }: JobRecord, now: number): Told {
  const when = endedAt === undefined ? '' : ` ${span(now - endedAt)} ago`;
  const cause = error === undefined ? '' : ` of ${error.name}: ${error.message}`;
  const kept =
    expiresAt === undefined ? '' : ` Its record is kept for another ${span(expiresAt * 1_000 - now)}.`;
  if (status === 'dead' || status === 'expired') {
    const next = `Nothing happens to it by itself; \`millrace jobs redrive ${id}\` starts it anew.${kept}`;
    const here = status === 'dead' ? `It died${when}${cause}.` : `It expired${when}: its deadline passed.`;
    return { place: 'ended', here, next };
  }
  return { place: 'ended', here: `It ended as ${status}${when}.`, next: `Nothing more.${kept}` };
}

function running(
  { leaseUntil = 0, startedAt = 0, unsettled, attempts, cancelRequested }: JobRecord,
  now: number,
): Told {
  const attempt = `attempt ${attempts + 1}`;
  if (leaseUntil >= now) {
    const here = `A worker runs ${attempt} for ${span(now - startedAt)}; its lease holds for another ${span(leaseUntil - now)}.`;
    if (!cancelRequested) {
      const next =
        'The worker ends the attempt, or prolongs its lease; if it dies, another one takes over when the lease ends.';
      return { place: 'worker', here, next };
    }
    const next = `A cancel was requested: the worker sees it within ${span(DEFAULTS.beat)}, and the job is cancelled unless the attempt succeeds first.`;
    return { place: 'worker', here, next };
  }
  const here = `The worker of ${attempt} is gone: its lease ended ${span(now - leaseUntil)} ago without an outcome (time ${unsettled} of ${DEFAULTS.lapseLimit}).`;
  if (cancelRequested)
    return {
      place: 'lapsed',
      here,
      next: 'A cancel was requested: whoever finds it next ends it as cancelled.',
    };
  const again = 'Its message comes back when its visibility timeout is over';
  const next =
    unsettled >= DEFAULTS.lapseLimit
      ? `${again}, and the job is declared dead.`
      : `${again}, and another worker takes it.`;
  return { place: 'lapsed', here, next };
}

function waiting(record: JobRecord, { queue, now }: { queue: QueueStatus | undefined; now: number }): Told {
  const { out, dispatch, runAt, pool, priority } = record;
  const name = `${pool}/${priority}`;
  if (out === dispatch && wasFar(record)) {
    if (runAt <= now) return due(record, { queue, since: now - runAt, name });
    return {
      place: 'schedule',
      here: `Dispatch ${dispatch} stands on a one-time schedule until ${new Date(runAt).toISOString()}: it is ${reason(record)}.`,
      next: `EventBridge Scheduler sends it to ${name} in ${span(runAt - now)}, or up to a minute later; then a worker takes it. A cancel takes the schedule with it.`,
    };
  }
  if (out === dispatch) {
    return {
      place: 'outbox',
      here: `It is in the outbox: dispatch ${dispatch} stands in the table, and the lifecycle function is to send it to ${name}.`,
      next: 'It is sent within seconds. If it stays here, look at the alarm LifecycleFailures and at the lifecycle function’s log.',
    };
  }
  if (runAt > now) {
    return {
      place: 'delayed',
      here: `Dispatch ${dispatch} is in ${name} and not due yet: it is ${reason(record)}.`,
      next: `It is due in ${span(runAt - now)}; then a worker takes it.`,
    };
  }
  return due(record, { queue, since: now - runAt, name });
}

/** Whether what the outbox has was over 15 minutes away when it got it: a redrive and a job's first send make it due at once. */
function wasFar({ status, runAt, enqueuedAt, startedAt = 0 }: JobRecord): boolean {
  return status !== 'queued' && isFar(runAt, Math.max(enqueuedAt, startedAt));
}

function due(
  record: JobRecord,
  { queue, since, name }: { queue: QueueStatus | undefined; since: number; name: string },
): Told {
  const { dispatch, runAt } = record;
  const waits = `Dispatch ${dispatch} waits in ${name}, due since ${span(since)}`;
  if (queue === undefined) {
    return {
      place: 'queue',
      here: `${waits}. The configuration does not name that queue.`,
      next: 'A worker takes it.',
    };
  }
  const { waiting: ahead, inFlight, delayed, deadLetters = 0, feed } = queue;
  const counts = `${ahead} wait there, ${inFlight} in flight`;
  if (feed === 'disabled' || feed === 'disabling') {
    const next = `Nothing happens to it until \`millrace resume ${name}\`.`;
    return { place: 'paused', here: `${waits}; that queue is drained (${counts}).`, next };
  }
  if (ahead + inFlight + delayed > 0 || since < COUNTS_LAG) {
    return { place: 'queue', here: `${waits}; ${counts}.`, next: 'A worker takes it when its turn comes.' };
  }
  if (deadLetters > 0) {
    return {
      place: 'dead-letter-queue',
      here: `It is due since ${span(since)}, and ${name} is empty; ${deadLetters} lie in its dead-letter queue, and it may be one of them.`,
      next: 'The recorder brings it back from there, or ends it.',
    };
  }
  const left = Math.max(runAt + queue.messageRetention - (runAt + since), 0);
  return {
    place: 'lost',
    here: `It is due since ${span(since)}, and no message is to be seen in ${name} or its dead-letter queue (SQS counts approximately).`,
    next: `If its message is lost, the sweeper sends the next one once none can exist any more, in ${span(left)} and up to a day.`,
  };
}

function reason({ status, attempts, error }: JobRecord): string {
  if (status === 'retrying')
    return `retrying after attempt ${attempts}${error ? ` (${error.name}: ${error.message})` : ''}`;
  return status;
}
