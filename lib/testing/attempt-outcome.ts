import type { JobResult, JobType, Outcome } from '../contract/index.ts';
import { dueAfterSnooze, nextAttempt } from '../worker/index.ts';

/** What became of one attempt, as the job's record would say it: a closed set. */
export type AttemptOutcome<J extends JobType = JobType> =
  /** The result as it is kept: as JSON leaves it. */
  | { readonly kind: 'succeeded'; readonly result: JobResult<J> }
  /** The next attempt is due after `wait` milliseconds, at `runAt`. */
  | { readonly kind: 'retrying'; readonly error: unknown; readonly wait: number; readonly runAt: Date }
  /** The handler asked to run later; no attempt is burnt. */
  | { readonly kind: 'snoozed'; readonly wait: number; readonly runAt: Date }
  /** `why`: it failed for good, in its last attempt, or with no time for another one before the job's deadline. */
  | {
      readonly kind: 'dead';
      readonly error: unknown;
      readonly why: 'failed' | 'no attempts left' | 'deadline';
    };

/** What the worker settles an outcome as. */
export function settledAs<J extends JobType>(
  { type, id, deadline = Number.POSITIVE_INFINITY }: { type: J; id: string; deadline: number | undefined },
  outcome: Outcome,
  { attempt, now, random }: { attempt: number; now: number; random: () => number },
): AttemptOutcome<J> {
  const later = (runAt: number) => ({ wait: runAt - now, runAt: new Date(runAt) });
  switch (outcome.kind) {
    case 'succeed': {
      const { result } = outcome;
      const kept: unknown = result === undefined ? undefined : JSON.parse(result);
      return { kind: 'succeeded', result: kept as JobResult<J> };
    }
    case 'snooze':
      return { kind: 'snoozed', ...later(dueAfterSnooze(outcome.until, { now, deadline })) };
    default: {
      const next = nextAttempt(outcome, { id, retry: type.retry, attempt, now, deadline, random });
      if ('runAt' in next) return { kind: 'retrying', error: outcome.error, ...later(next.runAt) };
      return { kind: 'dead', ...next };
    }
  }
}
