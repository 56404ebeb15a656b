import { isEnded, isWaiting } from '../../../lib/contract/index.ts';
import type { Event, JobRecord } from '../../../lib/state/index.ts';

/** A change that is no row of the transition table. */
export type Other = 'note' | 'illegal';

/** Which event of the transition table a change of a record was, read from nothing but the two records. */
export function eventOf(before: JobRecord | undefined, after: JobRecord): Event | Other {
  if (!before || before.gen !== after.gen) return 'accept';
  const [from, to] = [before.status, after.status];
  if (from === 'blocked' && to === 'queued') return 'unblock';
  if (isEnded(from)) return to === 'queued' ? 'redrive' : from === to ? 'note' : 'illegal';
  if (to === 'running') {
    if (before.token !== after.token) return 'claim';
    if (after.cancelRequested && !before.cancelRequested) return 'requestCancel';
    return after.leaseUntil !== before.leaseUntil ? 'heartbeat' : 'note';
  }
  if (to === 'dead') return 'die';
  if (to === 'cancelled') return 'cancel';
  if (to === 'expired') return 'expire';
  if (from === 'running') return fromRunning(before, after);
  if (isWaiting(from) && from === to) {
    if (after.dispatch > before.dispatch) return after.out === after.dispatch ? 'redispatch' : 'defer';
    return after.out !== before.out ? 'mark' : 'note';
  }
  return 'illegal';
}

function fromRunning(before: JobRecord, after: JobRecord): Event | Other {
  switch (after.status) {
    case 'succeeded':
      return 'succeed';
    case 'retrying':
      return 'retry';
    case 'scheduled':
      return 'snooze';
    case 'queued':
      return after.dispatch > before.dispatch ? 'redispatch' : 'release';
    default:
      return 'illegal';
  }
}
