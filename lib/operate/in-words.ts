import { DEFAULTS } from '../contract/index.ts';
import type { JobRecord } from '../state/index.ts';
import { byOutbox } from './outbox-mark.ts';

/** Its queue's name. */
export function nameOf({ pool, priority }: JobRecord): string {
  return `${pool}/${priority}`;
}

/** Why it waits. */
export function reason(record: JobRecord): string {
  const { status, attempts, error, hops } = record;
  if (status === 'retrying')
    return `retrying after attempt ${attempts}${error ? ` (${error.name}: ${error.message})` : ''}`;
  // Of what is queued and not due, the outbox has only what came back from the dead-letter queue.
  if (status === 'queued' && hops && byOutbox(record))
    return `back from the dead-letter queue (time ${hops} of ${DEFAULTS.hopLimit})`;
  return status;
}
