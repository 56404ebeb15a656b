import { DEFAULTS, isEnded } from '../../../lib/contract/index.ts';
import { allows, type Event, type JobRecord } from '../../../lib/state/index.ts';
import { catalog } from '../app/catalog.ts';
import type { Process } from '../world/process.ts';
import { checkAsked, checkHandedBack, checkRedriven, checkSentInTime } from './era-checks.ts';
import { eventOf } from './event-of.ts';
import type { JobLog, Lease } from './job-log.ts';
import { agree, isOwner } from './soundness.ts';
import { BEARABLE, OUTLIVED } from './strain.ts';
import type { Invariant } from './violation.ts';

export type Report = (invariant: Invariant, what: string) => void;

/** A change of a job's state, with everything that a check may ask about it. */
export interface StateChange {
  readonly log: JobLog;
  readonly before: JobRecord | undefined;
  readonly after: JobRecord;
  readonly by: Process;
  readonly report: Report;
}

/** Checks a write to a state item against the protocol, from what it changed and who made it. Returns its event. */
export function checkChange(change: StateChange): string {
  const { before, after, report, log } = change;
  const event = eventOf(before, after);
  const from = event === 'accept' ? 'none' : (before?.status ?? 'none');
  if (event === 'illegal') report('history is a path', `${from} → ${after.status}`);
  if (event === 'illegal' || event === 'note') return event;
  if (!allows(event, from, after.status)) report('history is a path', `${event}: ${from} → ${after.status}`);
  if (isEnded(after.status) !== (after.expiresAt !== undefined)) {
    report('only ended jobs expire', `${after.status}, expiresAt ${after.expiresAt}`);
  }
  const waitsOnTime = after.deadline !== undefined && !isEnded(after.status);
  if (waitsOnTime !== (after.watchShard !== undefined) || (waitsOnTime && after.watchAt !== after.deadline)) {
    const watched = after.watchShard === undefined ? 'not watched' : `watched at ${after.watchAt}`;
    report('deadlines are watched', `${after.status}, deadline ${after.deadline}: ${watched}`);
  }
  if (event === 'accept') startAnew(log);
  if (event === 'redispatch') {
    log.broughtBackAt.push(change.by.clock.now());
    checkBroughtBack(change);
  }
  // Counted for voided jobs too: nobody redrives a poison job for ever.
  if (event === 'redrive') log.redrives += 1;
  if (log.void === 'record deleted' || log.void === 'table restored') return noted(change, event);
  checkDispatch(change);
  CHECKS[event]?.(change);
  return noted(change, event);
}

/** The record before it had ended and was kept as long as it should, or was taken away: its promises are kept, or void. */
function startAnew(log: JobLog): void {
  if (log.void === 'record deleted') log.void = undefined;
  log.promises = [];
  log.begin();
}

function noted({ before, after, log, by }: StateChange, event: string): string {
  const from = event === 'accept' ? 'none' : before?.status;
  if (event === 'accept') [log.path, log.claimers] = [[], []];
  if (event === 'claim') log.claimers.push(by.name);
  log.released = event === 'release' || (log.released && event !== 'accept');
  if (from !== after.status || event === 'claim') log.path.push(`${from} → ${after.status}`);
  log.changedBy = by;
  log.skewed ||= by.skew !== 0;
  log.recorded.set(after.gen, Math.max(log.recorded.get(after.gen) ?? 0, after.dispatch));
  if (isEnded(after.status)) log.lastEnd = after;
  return event;
}

function checkDispatch({ before, after, log, report }: StateChange): void {
  const known = log.recorded.get(after.gen);
  const same = before?.gen === after.gen;
  if (same && known !== undefined && after.dispatch < known) {
    report('dispatches rise', `${known} → ${after.dispatch}`);
  }
}

const CHECKS: Partial<Record<Event, (change: StateChange) => void>> = {
  accept: checkAccept,
  claim: checkClaim,
  heartbeat: checkHeartbeat,
  release: checkRelease,
  succeed: (change) => checkSettle(change, true),
  retry: (change) => checkGoesOn(change, true),
  snooze: (change) => checkGoesOn(change, false),
  die: checkDie,
  cancel: checkCancel,
  expire: checkExpire,
  redispatch: (change) => {
    const { before, by, report } = change;
    if (before?.status === 'running' && (before.leaseUntil ?? 0) >= by.clock.now()) {
      report('one lease at a time', 'dispatched again while its lease was live');
    }
    checkSentInTime(change);
  },
  redrive: (change) => {
    change.log.begin();
    checkRedriven(change);
  },
};

function checkAccept({ before, by, report }: StateChange): void {
  if (before && (before.expiresAt === undefined || before.expiresAt * 1000 > by.clock.now())) {
    report('nothing vanishes', `a ${before.status} record was put over`);
  }
}

function checkClaim(change: StateChange): void {
  const { before, after, by, log, report } = change;
  const now = by.clock.now();
  if (before?.cancelRequested)
    report('no execution after the end', 'claimed although a cancel was requested');
  if (before?.status === 'running') {
    if ((before.leaseUntil ?? 0) >= now) report('one lease at a time', 'claimed while the lease was live');
    // Told by what runs, not by the lease that the claim itself went by.
    const owner = log.running.find((each) => isOwner(each) && agree(each.by, by));
    if (owner) report('one lease at a time', `claimed while ${owner.by.name} executes it`);
    checkLost(change);
    if (before.unsettled >= DEFAULTS.lapseLimit) report('dead for a reason', 'claimed after too many lapses');
  } else if ((before?.runAt ?? 0) > now) {
    report('history is a path', `claimed ${(before?.runAt ?? 0) - now} ms before it was due`);
  }
  if (after.out !== undefined) report('history is a path', 'claimed, and still in the outbox');
  log.leases.push({
    token: after.token ?? '',
    by,
    freezes: by.freezes,
    strain: log.strainAtStart.get(by) ?? log.strain,
    dispatch: after.dispatch,
    execution: undefined,
    executed: false,
    ended: undefined,
  });
}

/** A lease is prolonged by its holder alone, never made shorter, and no more once its job is to end. */
function checkHeartbeat({ before, after, by, log, report }: StateChange): void {
  const { lease } = log;
  if (lease?.by !== by || lease.token !== after.token || lease.ended !== undefined)
    report('one lease at a time', `${by.name} prolonged a lease that is ${lease?.by.name ?? 'nobody'}'s`);
  const longer = (after.leaseUntil ?? 0) - (before?.leaseUntil ?? 0);
  if (longer <= 0) report('one lease at a time', `a heartbeat made the lease ${-longer} ms shorter`);
  if (before?.cancelRequested)
    report('no execution after the end', 'prolonged although a cancel was requested');
}

/** A worker that lives, never stood still, and met fewer faults than it can bear, loses no lease. */
function checkLost({ log, by, report }: StateChange): void {
  const { lease } = log;
  if (!lease || lease.ended !== undefined || !lease.by.alive || lease.by.frozen) return;
  // Clocks that differ by more than a lease's margin say different things of the same lease.
  if (!agree(by, lease.by)) return;
  const sound = lease.freezes === lease.by.freezes && log.strain - lease.strain < BEARABLE;
  if (sound) report('leases are lost for a reason', `${lease.by.name} lives and did not settle`);
}

/** The lease that a settling write ends: the newest, and the writer's own. */
function endLease({ before, by, log, report }: StateChange, how: Lease['ended']): Lease | undefined {
  const lease = log.lease;
  if (!lease || lease.token !== before?.token || lease.by !== by || lease.ended !== undefined) {
    const held = lease ? `${lease.by.name} with ${lease.token}, ${lease.ended ?? 'live'}` : 'nobody';
    report('only the last claimer settles', `${by.name} wrote; the lease is of ${held}`);
    return undefined;
  }
  lease.ended = how;
  // Its worker's last word was on its way when the process died; or it ran alone, and is a job like any other again.
  if (how === 'settled') log.takenAlong = 0;
  return lease;
}

function checkRelease(change: StateChange): void {
  const lease = endLease(change, 'released');
  if (lease?.execution) change.report('attempts are settled executions', 'released after it was executed');
  checkHandedBack(change);
}

function checkSettle(change: StateChange, counts: boolean): void {
  const { after, log, report } = change;
  const lease = endLease(change, 'settled');
  if (!lease) return;
  if (counts) {
    log.attempts += 1;
    checkExecuted(change, lease);
  }
  if (after.attempts !== log.attempts) {
    report(
      'attempts are settled executions',
      `the record says ${after.attempts}, ${log.attempts} were settled`,
    );
  }
  const expected = expectedStatus(change, lease);
  if (expected !== undefined && expected !== after.status) {
    report(
      'attempts are settled executions',
      `an outcome that makes it ${expected} was settled as ${after.status}`,
    );
  }
}

/** What is wrong with a payload is found before the handler is called, and counts all the same. */
const UNEXECUTED = new Set(['PayloadInvalidError', 'PayloadGoneError', 'RecordUnreadableError']);

function checkExecuted({ after, report }: StateChange, { executed }: Lease): void {
  if (executed || UNEXECUTED.has(after.error?.name ?? '')) return;
  const what = `settled as ${after.status}, and nothing was executed`;
  report('attempts are settled executions', what);
}

/** Whoever was told that the job ends was told the truth. */
function checkGoesOn(change: StateChange, counts: boolean): void {
  const { before, after, by, report } = change;
  if (before?.cancelRequested)
    report('no execution after the end', `${after.status} although a cancel was requested`);
  checkSettle(change, counts);
  const { deadline = Number.POSITIVE_INFINITY, runAt } = after;
  // A snoozed job that waits until its deadline expires then; a retry that cannot start before it is none.
  const inTime = runAt <= Math.max(deadline, by.clock.now());
  if (!inTime || (after.status === 'retrying' && runAt >= deadline)) {
    const how = `${after.status} for ${runAt - deadline} ms after it`;
    report('no execution after the deadline', how);
  }
}

/** The state that the handler's outcome leads to; undefined where its timeout may have been faster. */
function expectedStatus({ log, after }: StateChange, { execution }: Lease): JobRecord['status'] | undefined {
  if (!execution || execution.ignoring || execution.freezes !== execution.by.freezes) return undefined;
  const inTime = after.deadline === undefined || after.error?.name !== 'DeadlinePassedError';
  const left = log.attempts < (catalog.find(after.type)?.retry.maxAttempts ?? 0) && inTime;
  switch (execution.returned) {
    case 'succeed':
      return 'succeeded';
    case 'throw':
    case 'retry':
      return left ? 'retrying' : 'dead';
    case 'snooze':
      return 'scheduled';
    case 'fail':
    case 'bad result':
      return 'dead';
    case undefined:
      return undefined;
  }
}

/** Dead by its holder's settle; or buried: its lease lost too often, its deadline passed, brought back too often. */
function checkDie(change: StateChange): void {
  const { before, after, by, log, report } = change;
  const own =
    log.lease?.by === by && log.lease.token === before?.token && after.attempts > (before?.attempts ?? 0);
  if (own) {
    checkSettle(change, true);
    checkExhausted(change);
  } else if (before?.status === 'running') {
    if ((before.leaseUntil ?? 0) >= by.clock.now())
      report('one lease at a time', 'buried while its lease was live');
    const lapses = log.leases.filter(({ ended }) => ended === undefined).length;
    const expired = before.deadline !== undefined && before.deadline <= by.clock.now();
    const hops = (before.hops ?? 0) >= DEFAULTS.hopLimit;
    if (lapses < DEFAULTS.lapseLimit && !expired && !hops)
      report('dead for a reason', `buried after ${lapses} lapses`);
  } else if ((before?.hops ?? 0) < DEFAULTS.hopLimit) {
    report('dead for a reason', `buried ${before?.status}, brought back ${before?.hops ?? 0} times`);
  }
  if (!own) checkOutlived(change);
}

/** Of these a job dies at any attempt. */
const FINAL = new Set([...UNEXECUTED, 'Fail', 'ResultInvalidError', 'DeadlinePassedError']);

/** Whatever the handler did, and whether it had returned at all: any other failure is one of many. */
function checkExhausted({ before, after, report }: StateChange): void {
  const { attempts, error, type } = after;
  const { maxAttempts = 0 } = catalog.find(type)?.retry ?? {};
  if (attempts < maxAttempts && !FINAL.has(error?.name ?? ''))
    report(
      'dead for a reason',
      `dead of ${error?.name ?? 'nothing'} after ${attempts} of ${maxAttempts} attempts`,
    );
  // As its handler may fail whose signal fired.
  if (before?.cancelRequested && !FINAL.has(error?.name ?? ''))
    report('no execution after the end', `dead of ${error?.name} although a cancel was requested`);
}

/** What is brought back too often has outlived an outage of an hour, and its worker's clock. */
function checkOutlived({ before, by, log, report }: StateChange): void {
  const first = log.broughtBackAt.at(-DEFAULTS.hopLimit);
  const { hops = 0, deadline, unsettled = 0 } = before ?? {};
  if (hops < DEFAULTS.hopLimit || first === undefined) return;
  if (deadline !== undefined || unsettled >= DEFAULTS.lapseLimit) return;
  const lived = by.clock.now() - first;
  if (lived < OUTLIVED) report('dead for a reason', `brought back too often within ${lived} ms`);
}

/** What fell into a dead-letter queue fell of faults: receives alone are no death, and no step to it. */
function checkBroughtBack({ by, log, report }: StateChange): void {
  const struck = log.faults + log.disturbed;
  const since = struck - log.struckBefore;
  log.struckBefore = struck;
  if (by.role !== 'recorder') return;
  if (since === 0 && log.void === undefined)
    report('dead for a reason', 'brought back, and no fault struck it');
}

function checkExpire({ before, by, report }: StateChange): void {
  const { deadline, status } = before ?? {};
  if (deadline === undefined || deadline > by.clock.now())
    report('expired for a reason', `${status} expired; the deadline is ${deadline ?? 'none'}`);
}

function checkCancel(change: StateChange): void {
  const { before, after, by, log, report } = change;
  checkAsked(change);
  if (before?.status !== 'running') return;
  if (!before.cancelRequested) report('history is a path', 'cancelled while running, and nobody had asked');
  const own = log.lease?.by === by && after.attempts > before.attempts;
  if (own) {
    const lease = endLease(change, 'settled');
    log.attempts += 1;
    if (lease) checkExecuted(change, lease);
  } else {
    if ((before.leaseUntil ?? 0) >= by.clock.now())
      report('one lease at a time', 'cancelled by another while its lease was live');
    checkLost(change);
  }
}
