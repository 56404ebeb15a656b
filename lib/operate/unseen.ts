import { DEFAULTS } from '../contract/index.ts';
import { type JobRecord, lastSign } from '../state/index.ts';
import type { QueueStatus } from './queue-status.ts';
import { span } from './span.ts';

/** SQS's counts lag by about a minute (GetQueueAttributes): only what lasts longer means anything. */
export const COUNTS_LAG = 60_000;

export function isEmpty({ waiting, inFlight, delayed }: QueueStatus): boolean {
  return waiting + inFlight + delayed === 0;
}

/**
 * What the sweeper does about a job whose message is gone. It waits for as long as one can exist: on a one-time schedule,
 * in the queue, in its dead-letter queue.
 */
export function swept(
  record: JobRecord,
  { queue, now }: { queue: QueueStatus | undefined; now: number },
): string {
  const does = `the sweeper ${mending(record)} once none can exist any more`;
  // How long one can is the queue's own retention.
  if (queue === undefined) return `${does}.`;
  const end = lastSign(record) + DEFAULTS.scheduleEventAge + queue.messageRetention;
  return `${does}, in ${span(Math.max(end - now, 0))} and up to a day.`;
}

function mending({ status, cancelRequested, unsettled, hops = 0 }: JobRecord): string {
  if (cancelRequested) return 'ends it as cancelled';
  const often = (status === 'running' && unsettled >= DEFAULTS.lapseLimit) || hops >= DEFAULTS.hopLimit;
  return often ? 'declares it dead' : 'sends the next one';
}
