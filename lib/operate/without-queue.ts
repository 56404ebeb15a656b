import type { JobRecord } from '../state/index.ts';
import { nameOf } from './in-words.ts';
import type { Seen } from './seen.ts';
import { span } from './span.ts';
import { swept } from './unseen.ts';
import type { Told } from './whereabouts.ts';

const ENDS_DEAD = 'ends as dead (QueueGoneError)';
const REDRIVE = 'redrive it when the pool is there again';

/** Says of a job that no worker has that its queue is not configured, where that is so: that of a pool that was removed, say. */
export function withoutQueue(record: JobRecord, { told, seen }: { told: Told; seen: Seen }): Told {
  const { queue, forbidden, now } = seen;
  if (queue || forbidden) return told;
  const left = record.runAt - now;
  const taken =
    left > 0
      ? `It is due in ${span(left)}, and nothing is known to take it then.`
      : 'Nothing is known to take it.';
  return {
    ...told,
    here: `${told.here} No queue ${nameOf(record)} is configured: no worker of the stack is known to read it.`,
    next: `${taken} Deploy its pool again; or, where a newer configuration names that queue, ask with that one. Left as it is, ${leftAlone(record, { told, now })}`,
  };
}

function leftAlone(record: JobRecord, { told, now }: { told: Told; now: number }): string {
  if (told.place === 'outbox')
    return `it ${ENDS_DEAD} when the lifecycle function is to send it: ${REDRIVE}.`;
  const mended = swept(record, { queue: undefined, now });
  if (record.cancelRequested) return mended;
  return `${mended} A job that is to be sent and has no queue ${ENDS_DEAD}: ${REDRIVE}.`;
}
