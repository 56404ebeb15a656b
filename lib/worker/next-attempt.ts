import { backoff, type Outcome, type RetryPolicy } from '../contract/index.ts';
import { DeadlinePassedError } from './errors.ts';

/** What follows a failed attempt: another one, or the end of the job. */
export type Next =
  /** Milliseconds since the epoch. */
  | { readonly runAt: number }
  | { readonly why: 'failed' | 'no attempts left' | 'deadline'; readonly error: unknown };

export interface Circumstances {
  readonly id: string;
  readonly retry: RetryPolicy;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds since the epoch, as is the next. */
  readonly now: number;
  /** Infinity: the job has none. */
  readonly deadline: number;
  readonly random: () => number;
}

/** What the type's policy and the job's deadline make of a failed attempt. */
export function nextAttempt(
  outcome: Extract<Outcome, { kind: 'retry' | 'fail' }>,
  { id, retry, attempt, now, deadline, random }: Circumstances,
): Next {
  const { error } = outcome;
  if (outcome.kind === 'fail') return { why: 'failed', error };
  if (attempt >= retry.maxAttempts) return { why: 'no attempts left', error };
  const runAt = now + (outcome.after ?? backoff(retry, attempt, random));
  if (runAt < deadline) return { runAt };
  // No attempt is left that could start in time: dead now, its error at hand, rather than expired some time later.
  if (error instanceof DeadlinePassedError) return { why: 'deadline', error };
  return { why: 'deadline', error: new DeadlinePassedError({ id, deadline, cause: error }) };
}

/** When a snoozed job is due, in milliseconds since the epoch: not before now, and at its deadline it expires, not later. */
export function dueAfterSnooze(until: number, { now, deadline }: { now: number; deadline: number }): number {
  // A handler may name any time; messages carry whole milliseconds.
  return Math.max(now, Math.min(Math.ceil(until), deadline));
}
