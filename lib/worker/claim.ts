import { DEFAULTS, isFar, type JobType } from '../contract/index.ts';
import { LOG_LINES } from '../observe/index.ts';
import {
  type ClaimDecision,
  claimWrite,
  decideClaim,
  deferWrite,
  type Explanation,
  endingOf,
  explain,
  type FirstClaim,
  firstClaimWrite,
  type Held,
  type JobEnding,
  type JobRecord,
  type Write,
} from '../state/index.ts';
import type { Delivery } from './delivery.ts';
import type { WorkerDeps } from './deps.ts';
import { Lease } from './lease.ts';
import { reason } from './reason.ts';
import { type Claimed, logger, resend, type Verdict } from './settle.ts';

/** A message that may be claimed: its type is known and its time fits. */
export interface Candidate {
  readonly delivery: Delivery;
  readonly type: JobType;
}

/** The lease, a verdict on the message, or `alone`: the job lapsed before, and is claimed only when its turn comes. */
export type ClaimResult = Claimed | Verdict | 'alone';

/**
 * Claims jobs that never lapsed, all in one request; each that a batch cannot tell is claimed once more by itself. The
 * claims come in the order of the candidates, each for itself, and none rejects.
 */
export async function claimFirst(
  deps: WorkerDeps,
  candidates: readonly Candidate[],
): Promise<readonly Promise<ClaimResult>[]> {
  const claims = candidates.map((candidate) => claimOf(deps, candidate));
  const results = await deps.table.updateMany(claims.map(firstClaimWrite));
  return candidates.map(async (candidate, i) => {
    const claim = claims[i] as FirstClaim;
    if (results[i] !== 'written') return claimSingly(deps, candidate, claim);
    const { envelope, token } = candidate.delivery;
    return claimed(deps, candidate, claim, {
      message: envelope,
      token,
      attempts: envelope.attempts,
      unsettled: 1,
    });
  });
}

/** What cannot be asked about one message concerns none of the others: they are claimed, and run. */
async function claimSingly(deps: WorkerDeps, candidate: Candidate, claim: FirstClaim): Promise<ClaimResult> {
  try {
    return await claimOne(deps, candidate, claim, firstClaimWrite(claim));
  } catch (error) {
    waiting(deps, candidate.delivery).warn('not claimed', reason(error));
    const until = deps.clock.now() + DEFAULTS.releaseDelay;
    return { do: 'leave', until, why: 'the claim could not be written' };
  }
}

/** Claims a job whose turn has come, one whose lease has lapsed included. */
export function claimAlone(deps: WorkerDeps, candidate: Candidate): Promise<ClaimResult> {
  const claim = claimOf(deps, candidate);
  return claimOne(deps, candidate, claim, claimWrite(claim));
}

async function claimOne(
  deps: WorkerDeps,
  candidate: Candidate,
  claim: FirstClaim,
  write: Write,
): Promise<ClaimResult> {
  const result = await deps.table.update(write);
  if (result.ok) return claimed(deps, candidate, claim, heldOf(claim, result.record));
  const decision = decideClaim(result.old, { ...claim, now: deps.clock.now() });
  if (decision.do === 'claim') return 'alone';
  if (decision.do === 'claimed') {
    return claimed(
      deps,
      candidate,
      { ...claim, leaseUntil: decision.record.leaseUntil ?? 0 },
      heldOf(claim, decision.record),
    );
  }
  return carryOut(deps, candidate.delivery, decision);
}

function claimOf({ clock, settings }: WorkerDeps, { delivery, type }: Candidate): FirstClaim {
  const now = clock.now();
  const leaseUntil = now + type.timeout + settings.leaseMargin;
  return {
    message: delivery.envelope,
    token: delivery.token,
    now,
    leaseUntil,
    lapseLimit: settings.lapseLimit,
    attempts: delivery.envelope.attempts,
  };
}

function heldOf({ message, token }: FirstClaim, { attempts, unsettled }: JobRecord): Held {
  return { message, token: token, attempts, unsettled };
}

function claimed(
  deps: WorkerDeps,
  { delivery, type }: Candidate,
  { now, leaseUntil }: FirstClaim,
  held: Held,
): Claimed {
  const lease = new Lease(deps, { delivery, timeout: type.timeout, until: leaseUntil });
  return { delivery, type, held, startedAt: now, lease };
}

/** Does what the table of decisions says about a message that did not get the lease. */
async function carryOut(
  deps: WorkerDeps,
  delivery: Delivery,
  decision: Exclude<ClaimDecision, { do: 'claim' | 'claimed' }>,
): Promise<Verdict> {
  const { settings } = deps;
  const now = deps.clock.now();
  switch (decision.do) {
    case 'ack':
      return { do: 'ack', why: decision.why };
    case 'leave':
      if (decision.alarm) waiting(deps, delivery).error('message ahead of its record', { why: decision.why });
      return { do: 'leave', until: decision.until, why: decision.why };
    case 'send':
      await resend(deps, decision.record, delivery.envelope);
      return { do: 'ack', why: 'its next dispatch was sent again' };
    case 'defer':
      return postpone(deps, delivery, { record: decision.record, runAt: decision.record.runAt });
    case 'cancel':
    case 'expire':
    case 'bury':
      return end(deps, delivery, decision.record, endingOf(decision.record, decision, { now, ...settings }));
  }
}

/** Ends a job that no execution ends. Where the record has moved on since, the message comes back and is decided anew. */
async function end(
  deps: WorkerDeps,
  delivery: Delivery,
  record: JobRecord,
  { write, outcome, why }: JobEnding,
): Promise<Verdict> {
  const result = await deps.table.updateWith(explain(write, record, explanation(deps, why)));
  if (!result.ok) return { do: 'leave', until: deps.clock.now(), why: 'the record changed meanwhile' };
  const { priority, pool, dispatch } = delivery.envelope;
  const line = { outcome, priority, pool, dispatch, error_message: why };
  if (outcome === 'dead') waiting(deps, delivery).error(LOG_LINES.settled, line);
  else waiting(deps, delivery).info(LOG_LINES.settled, line);
  return { do: 'ack', why: outcome };
}

/**
 * The next dispatch, recorded before it is sent. No attempt is burnt. `why` goes on record; a job that is only early, because
 * no one-time schedule could be made for it, leaves no trace of it.
 */
async function postpone(
  deps: WorkerDeps,
  delivery: Delivery,
  { record, runAt, why }: { record: JobRecord; runAt: number; why?: string },
): Promise<Verdict> {
  const { table } = deps;
  const far = isFar(runAt, deps.clock.now());
  const write = deferWrite(record, { nonce: delivery.envelope.nonce, runAt, far });
  const written =
    why === undefined
      ? table.update(write)
      : table.updateWith(explain(write, record, explanation(deps, why)));
  if (!(await written).ok)
    return { do: 'leave', until: deps.clock.now(), why: 'the record changed meanwhile' };
  if (!far) await resend(deps, { ...record, dispatch: record.dispatch + 1, runAt }, delivery.envelope);
  return { do: 'ack', why: 'dispatched again for later' };
}

function explanation({ clock, chance, settings }: WorkerDeps, why: string): Explanation {
  return { by: 'worker', why, at: clock.now(), unique: chance.nonce(), retention: settings.deadRetention };
}

/**
 * A type or version that this build does not know: a deploy is in progress, and a newer worker will know it. The wait
 * grows with the job's age, from half a minute to a quarter of an hour.
 */
export async function postponeUnknown(deps: WorkerDeps, delivery: Delivery): Promise<Verdict> {
  const { envelope } = delivery;
  const now = deps.clock.now();
  const record = await deps.table.get(envelope.id);
  const { lapseLimit } = deps.settings;
  const decision = decideClaim(record, { message: envelope, now, lapseLimit });
  if (record && decision.do === 'claim' && record.status !== 'running') {
    waiting(deps, delivery).warn('unknown job type or version', { version: envelope.version });
    const age = now - envelope.enqueuedAt;
    const wait = Math.min(Math.max(Math.ceil(age / 2), DEFAULTS.unknownTypeDelay), DEFAULTS.unknownTypeCap);
    const why = `this build does not know version ${envelope.version} of '${envelope.type}'`;
    const runAt = Math.min(now + wait, record.deadline ?? Number.POSITIVE_INFINITY);
    return postpone(deps, delivery, { record, runAt, why });
  }
  if (decision.do === 'claim' || decision.do === 'claimed') {
    return {
      do: 'leave',
      until: now + DEFAULTS.unknownTypeDelay,
      why: 'its lease lapsed in a build that knew its type',
    };
  }
  return carryOut(deps, delivery, decision);
}

/** The logger of a message that no attempt runs for: it names the last one. */
export function waiting(deps: WorkerDeps, delivery: Delivery) {
  return logger(deps, { delivery, held: { attempts: delivery.envelope.attempts - 1 } as Held });
}
