import { DEFAULTS, isEnded, isWaiting } from '../contract/index.ts';
import type { JobRecord } from '../state/index.ts';
import type { QueueStatus } from './queue-status.ts';
import { type Seen, untilResumed } from './seen.ts';
import { span } from './span.ts';
import { COUNTS_LAG, isEmpty, swept } from './unseen.ts';
import { waiting } from './waiting.ts';
import { withoutQueue } from './without-queue.ts';

/**
 * Where a job is:
 * - `nowhere`: there is no record of it
 * - `outbox`: in the table, for the lifecycle function to send or to put on a schedule: just now, or it should have been and
 *   neither message nor schedule is to be seen
 * - `schedule`: on a one-time schedule of EventBridge Scheduler: not due yet, or due, and Scheduler tries to send it
 * - `delayed`: in its queue, not due yet
 * - `queue`: in its queue, due
 * - `paused`: in its queue, due, and the queue is drained
 * - `worker`: a worker holds its lease
 * - `lapsed`: a worker held it and is gone, and its message comes back
 * - `dead-letter-queue`: not in its queue, and messages lie in the dead-letter queue, or it may lie in that of EventBridge Scheduler
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

/** Tells by the record and by what its queue counts; a queue cannot be asked for one message. */
export function tell(record: JobRecord, seen: Seen): Told {
  const { status } = record;
  const { now } = seen;
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
  const told = isWaiting(status) ? waiting(record, seen) : running(record, seen);
  const end = record.deadline === undefined ? '' : deadline(record, now);
  return end === '' ? told : { ...told, next: `${told.next} ${end}` };
}

function deadline({ status, deadline = 0, leaseUntil = 0, cancelRequested }: JobRecord, now: number): string {
  const left = deadline - now;
  if (status === 'running' && leaseUntil >= now) {
    return left > 0
      ? `Its deadline is in ${span(left)}: the handler is told by its signal.`
      : `Its deadline passed ${span(-left)} ago, and no other attempt may start.`;
  }
  // Whoever comes to it first ends it as cancelled, and no attempt of it starts.
  if (left > 0)
    return cancelRequested ? '' : `Unless it starts before its deadline, in ${span(left)}, it expires.`;
  const expires = status === 'running' ? 'declares it dead' : 'ends it as expired';
  const ends = cancelRequested ? 'ends it as cancelled' : expires;
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

function running(record: JobRecord, seen: Seen): Told {
  const { leaseUntil = 0, startedAt = 0, unsettled, attempts, cancelRequested } = record;
  const { now } = seen;
  const attempt = `attempt ${attempts + 1}`;
  if (leaseUntil >= now) {
    const here = `A worker runs ${attempt} for ${span(now - startedAt)}; its lease holds for another ${span(leaseUntil - now)}.`;
    if (!cancelRequested) {
      const next =
        'The worker ends the attempt, or prolongs its lease; if it dies, another one takes over when the lease ends.';
      return { place: 'worker', here, next: `${next}${untilResumed(record, seen)}` };
    }
    const next = `A cancel was requested: the worker sees it within ${span(DEFAULTS.beat)}, and the job is cancelled unless the attempt succeeds or throws \`Fail\` first.`;
    return { place: 'worker', here, next };
  }
  const here = `The worker of ${attempt} is gone: its lease ended ${span(now - leaseUntil)} ago without an outcome (time ${unsettled} of ${DEFAULTS.lapseLimit}).`;
  const { queue } = seen;
  if (queue && isEmpty(queue) && now - leaseUntil >= COUNTS_LAG) return unseen(record, { here, queue, now });
  const told: Told = { place: 'lapsed', here, next: `${whenBack(record)}${untilResumed(record, seen)}` };
  return withoutQueue(record, { told, seen });
}

/** Of a job whose worker is gone, and whose queue holds nothing that could come back. */
function unseen(
  record: JobRecord,
  { here, queue, now }: { here: string; queue: QueueStatus; now: number },
): Told {
  const name = `${record.pool}/${record.priority}`;
  const { deadLetters = 0 } = queue;
  if (deadLetters > 0) {
    return {
      place: 'dead-letter-queue',
      here: `${here} ${name} is empty; ${deadLetters} lie in its dead-letter queue, and it may be one of them.`,
      next: 'The recorder brings it back from there, or ends it.',
    };
  }
  return {
    place: 'lost',
    here: `${here} And no message is to be seen in ${name} or its dead-letter queue (SQS counts approximately).`,
    next: `If its message is lost, ${swept(record, { queue, now })}`,
  };
}

/** What whoever receives the message of a lapsed job does. */
function whenBack({ cancelRequested, unsettled }: JobRecord): string {
  if (cancelRequested) return 'A cancel was requested: whoever finds it next ends it as cancelled.';
  const again = 'Its message comes back when its visibility timeout is over';
  return unsettled >= DEFAULTS.lapseLimit
    ? `${again}, and the job is declared dead.`
    : `${again}, and another worker takes it.`;
}
