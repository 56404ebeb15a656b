import { isEnded } from '../../../lib/contract/index.ts';
import type { JobStore } from '../aws/job-store.ts';
import { type Checks, isGone } from './checks.ts';
import type { JobLog } from './job-log.ts';

/** What has to hold when nothing is left to happen. */
export function checkEnd(checks: Checks, store: JobStore): void {
  for (const log of checks.logs.all()) {
    const record = store.state(log.id);
    const ended = record ? isEnded(record.status) : log.lastEnd !== undefined;
    const gone = isGone(log.void) && !record;
    if (log.promises.length > 0 && !ended && !gone) {
      const state = record ? `${record.status} at dispatch ${record.dispatch}` : 'nowhere';
      checks.report('accepted jobs end', log.id, `${log.promises.join(', ')} resolved; the job is ${state}`);
    }
    // A restored record sends its numbers again.
    if (!isGone(log.void)) checkBounds(checks, log);
  }
}

/** Nothing storms: what is sent and asked is in proportion to what happened. */
function checkBounds(checks: Checks, log: JobLog): void {
  const dispatches = [...log.recorded.values()].reduce((sum, highest) => sum + highest + 1, 0);
  const sends = dispatches + log.enqueues + log.faults + log.copies + log.redeliveries;
  if (log.sends > sends) {
    checks.report(
      'few sends',
      log.id,
      `${log.sends} sends of ${dispatches} dispatches, ${log.enqueues} enqueues, ${log.faults} faults, ${log.copies} copies, ${log.redeliveries} redeliveries`,
    );
  }
  const happened =
    log.enqueues +
    log.asked +
    log.deliveries +
    log.executions +
    log.faults +
    log.redeliveries +
    log.operations +
    dispatches;
  if (!log.scheduled && log.calls > CALLS_EACH * happened) {
    checks.report('few requests', log.id, `${log.calls} calls for ${happened} things that happened`);
  }
}

/** A delivery's most: a claim, its single try, what the decision writes, a send, a leave; an execution's: attempt, settle, send. */
const CALLS_EACH = 5;
