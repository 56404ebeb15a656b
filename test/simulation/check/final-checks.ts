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
    if (isGone(log.void)) continue;
    checkBounds(checks, log);
    checkQuiet(checks, log);
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
  const looks = log.scheduled ? CALLS_EACH * ticksOf(checks) : 0;
  if (log.calls > CALLS_EACH * happened + looks) {
    checks.report('few requests', log.id, `${log.calls} calls for ${happened} things that happened`);
  }
}

/** What a job costs that nothing happened to but its enqueue and its executions: a bound that is met to the call. */
function checkQuiet(checks: Checks, log: JobLog): void {
  const { lastEnd, faults, disturbed, redeliveries, operations, executions, deliveries } = log;
  const struck = log.skewed || faults + disturbed + redeliveries + operations > 0 || log.void !== undefined;
  // Of a key, another's enqueue may have asked for it and not lived to say so.
  const keyed = lastEnd?.payloadHash !== undefined;
  const odd = keyed || log.asked !== 1 || log.enqueues !== 1 || executions !== deliveries;
  if (lastEnd?.status !== 'succeeded' || struck || odd) return;
  const dispatches = lastEnd.dispatch + 1;
  if (log.sends > dispatches) {
    checks.report(
      'few sends',
      log.id,
      `${log.sends} sends of ${dispatches} dispatches, and nothing happened`,
    );
  }
  const { accept, payload, tick, overtaken, dispatch, byOutbox, heartbeat } = QUIET;
  // What went by reference once is read by each that executes it.
  const read = log.far > 0 ? dispatches : 0;
  const stored = lastEnd.parts === undefined ? 0 : payload + byOutbox * log.far + read;
  const made = log.scheduled ? tick + overtaken * ticksOf(checks) : accept;
  const calls = made + stored + dispatch * dispatches + heartbeat * log.heartbeats + log.looks;
  if (log.calls > calls) {
    const what = `${log.calls} calls for ${dispatches} dispatches, ${log.heartbeats} heartbeats and ${log.looks} looks`;
    checks.report('few requests', log.id, `${what}, and nothing happened`);
  }
}

/**
 * Calls: the put, and the payload's own; a tick's look for its job and its turn, and the same again for each decision and each
 * turn of another tick that was faster; of a dispatch the send, claim and settle; of one
 * by the outbox whose payload stands beside the record the mark, and two looks for it; of a heartbeat the lease and the message.
 */
const QUIET = {
  accept: 1,
  payload: 1,
  tick: 3,
  overtaken: 6,
  dispatch: 3,
  byOutbox: 3,
  heartbeat: 2,
} as const;

function ticksOf(checks: Checks): number {
  return checks.logs.all().filter(({ scheduled }) => scheduled).length;
}

/** A delivery's most: a claim, its single try, what the decision writes, a send, a leave; an execution's: attempt, settle, send. */
const CALLS_EACH = 5;
