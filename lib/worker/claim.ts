import type { JobType } from '../contract/index.ts';
import {
  claimWrite,
  decideClaim,
  explain,
  type FirstClaim,
  firstClaimWrite,
  type Held,
  type JobRecord,
  type Write,
} from '../state/index.ts';
import { carryOut, explanation, waiting } from './carry-out.ts';
import type { Delivery } from './delivery.ts';
import type { WorkerDeps } from './deps.ts';
import { Lease } from './lease.ts';
import { reason } from './reason.ts';
import { receivesOf, waitAfter } from './receives.ts';
import type { Claimed, Verdict } from './settle.ts';

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
    const until = deps.clock.now() + waitAfter(receivesOf(candidate.delivery.source));
    return { do: 'leave', until, why: 'the claim could not be written' };
  }
}

/** Claims a job whose turn has come, one whose lease has lapsed included. */
export async function claimAlone(deps: WorkerDeps, candidate: Candidate): Promise<ClaimResult> {
  const claim = claimOf(deps, candidate);
  const record = await deps.table.get(candidate.delivery.envelope.id);
  const lapsed = record?.status === 'running' && decideClaim(record, claim).do === 'claim';
  if (lapsed) return takeOver(deps, candidate, claim, record);
  return claimOne(deps, candidate, claim, claimWrite(claim));
}

/** Claims under a lapsed lease; the history says so: the record forgets who started when, and did not end. */
async function takeOver(
  deps: WorkerDeps,
  candidate: Candidate,
  claim: FirstClaim,
  record: JobRecord,
): Promise<ClaimResult> {
  const why = `its lease lapsed at ${new Date(record.leaseUntil ?? 0).toISOString()}`;
  const { attempts, unsettled } = record;
  const write = claimWrite(claim, record);
  const result = await deps.table.updateWith(
    explain(write, record, { ...explanation(deps, why), at: claim.now }),
  );
  if (!result.ok) return refused(deps, candidate, claim, result.old);
  return claimed(deps, candidate, claim, heldOf(claim, { attempts, unsettled: unsettled + 1 }));
}

async function claimOne(
  deps: WorkerDeps,
  candidate: Candidate,
  claim: FirstClaim,
  write: Write,
): Promise<ClaimResult> {
  const result = await deps.table.update(write);
  if (result.ok) return claimed(deps, candidate, claim, heldOf(claim, result.record));
  return refused(deps, candidate, claim, result.old);
}

/** By the record as it was when the claim failed. */
async function refused(
  deps: WorkerDeps,
  candidate: Candidate,
  claim: FirstClaim,
  old: JobRecord | undefined,
): Promise<ClaimResult> {
  const decision = decideClaim(old, { ...claim, now: deps.clock.now() });
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
    worker: settings.worker,
    attempts: delivery.envelope.attempts,
  };
}

function heldOf(
  { message, token }: FirstClaim,
  { attempts, unsettled }: Pick<JobRecord, 'attempts' | 'unsettled'>,
): Held {
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
