import { type Envelope, isEnded, isWaiting, LIMITS, WAITING } from '../contract/index.ts';
import type { JobRecord } from './record.ts';
import { asRead, type Condition, equals, missing, transition, type Write } from './write.ts';

/** What a message says of itself: enough to claim by. */
export type Claimant = Pick<Envelope, 'id' | 'gen' | 'dispatch' | 'nonce'>;

export interface Claim {
  readonly message: Claimant;
  /** Drawn before the first try, so that a lost response recognises its own write. */
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly leaseUntil: number;
  readonly lapseLimit: number;
  /** The execution environment that claims. */
  readonly worker?: string;
}

export interface FirstClaim extends Claim {
  /** Attempts counted so far, as the message says. */
  readonly attempts: number;
}

function lease({ message, token, now, leaseUntil, worker }: Claim) {
  return { token, holder: message.nonce, leaseUntil, startedAt: now, worker };
}

function due({ message, now }: Claim): Condition[] {
  return [
    equals('gen', message.gen),
    equals('dispatch', message.dispatch),
    missing('cancelRequested'),
    { any: [missing('deadline'), { attr: 'deadline', is: '>', value: now }] },
  ];
}

/**
 * A claim of a job that waits; with `lapsedAs`, of one whose lease has lapsed, and of that very lease alone, as it was read:
 * whoever takes a job over says from whom.
 */
export function claimWrite(claim: Claim, lapsedAs?: Pick<JobRecord, 'token' | 'unsettled'>): Write {
  return transition({
    id: claim.message.id,
    on: 'claim',
    from: lapsedAs ? ['running'] : WAITING,
    to: 'running',
    set: lease(claim),
    add: { unsettled: 1 },
    remove: ['out'],
    where: [...due(claim), ...(lapsedAs ? lapsed(claim, lapsedAs) : [isTime(claim)])],
  });
}

function isTime({ now }: Claim): Condition {
  return { attr: 'runAt', is: '<=', value: now };
}

function lapsed(
  { now, lapseLimit }: Claim,
  { token, unsettled }: Pick<JobRecord, 'token' | 'unsettled'>,
): Condition[] {
  return [
    { attr: 'leaseUntil', is: '<', value: now },
    { attr: 'unsettled', is: '<', value: lapseLimit },
    asRead('token', token),
    equals('unsettled', unsettled),
  ];
}

/**
 * A claim of a job that never lapsed, as a batch of statements can make it: with no counter to raise. Whatever else a
 * job may be fails the condition, and `claimWrite` decides.
 */
export function firstClaimWrite(claim: FirstClaim): Write {
  return transition({
    id: claim.message.id,
    on: 'claim',
    from: WAITING,
    to: 'running',
    set: { ...lease(claim), unsettled: 1 },
    remove: ['out'],
    where: [
      ...due(claim),
      isTime(claim),
      equals('unsettled', 0),
      // The batch brings no record: what the settle is to count from has to be the record's own.
      equals('attempts', claim.attempts),
    ],
  });
}

/** What to do about a message whose claim failed. */
export type ClaimDecision =
  | { readonly do: 'claimed'; readonly record: JobRecord }
  /** The message has nothing left to do. */
  | { readonly do: 'ack'; readonly why: string }
  /** Come back at `until`, milliseconds since the epoch; with `alarm`, someone has to look. */
  | { readonly do: 'leave'; readonly until: number; readonly why: string; readonly alarm?: true }
  /** The record's dispatch was written and perhaps never sent: send it (again), then ack. */
  | { readonly do: 'send'; readonly record: JobRecord }
  | { readonly do: 'defer'; readonly record: JobRecord }
  | { readonly do: 'cancel'; readonly record: JobRecord }
  /** The lease lapsed too often, or lapsed past the deadline: dead. */
  | { readonly do: 'bury'; readonly record: JobRecord; readonly why: string }
  | { readonly do: 'expire'; readonly record: JobRecord }
  /** Nothing stands in the way any more: claim again. */
  | { readonly do: 'claim' };

/**
 * Decides by the record as it was when the claim failed. The recorder of the dead-letter queues decides by the same
 * table, without a token.
 */
export function decideClaim(
  record: JobRecord | undefined,
  { message, token, now, lapseLimit }: Omit<Claim, 'leaseUntil' | 'token'> & { readonly token?: string },
): ClaimDecision {
  if (!record) return { do: 'ack', why: 'the record was deleted' };
  if (record.gen !== message.gen) return { do: 'ack', why: 'the message is of an earlier record of this id' };
  if (token !== undefined && record.token === token && record.status === 'running')
    return { do: 'claimed', record };
  if (isEnded(record.status)) return { do: 'ack', why: `the job has ended: ${record.status}` };
  if (record.dispatch > message.dispatch) return decideBehind(record, message);
  if (record.dispatch < message.dispatch) {
    // Only a table restored to an earlier time is behind its messages.
    return {
      do: 'leave',
      until: now + LIMITS.sqsDelay,
      why: 'the message is ahead of the record',
      alarm: true,
    };
  }
  const leaseUntil = record.leaseUntil ?? 0;
  const lapsed = record.status === 'running';
  if (lapsed && leaseUntil >= now) {
    if (record.holder !== message.nonce)
      return { do: 'ack', why: 'another copy of the message holds the lease' };
    return { do: 'leave', until: leaseUntil + 1, why: 'the lease of this very message still runs' };
  }
  if (record.cancelRequested) return { do: 'cancel', record };
  if (lapsed && record.unsettled >= lapseLimit)
    return { do: 'bury', record, why: 'the lease was lost too often' };
  if (record.deadline !== undefined && record.deadline <= now) {
    return lapsed
      ? { do: 'bury', record, why: 'the lease lapsed past the deadline' }
      : { do: 'expire', record };
  }
  if (record.status === 'blocked') return { do: 'ack', why: 'the job waits for other jobs' };
  if (!lapsed && record.runAt > now) {
    if (record.runAt - now > LIMITS.sqsDelay) return { do: 'defer', record };
    return { do: 'leave', until: record.runAt, why: 'the job is not due yet' };
  }
  return { do: 'claim' };
}

function decideBehind(record: JobRecord, message: Claimant): ClaimDecision {
  const next = record.dispatch === message.dispatch + 1;
  // This message's own worker recorded the next dispatch, and may have died before it sent it.
  if (next && isWaiting(record.status) && record.holder === message.nonce) return { do: 'send', record };
  return { do: 'ack', why: 'a later dispatch of the job is on its way' };
}
