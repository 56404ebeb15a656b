import type { JobResult, JobType, Outcome } from '../contract/index.ts';
import { waitForNext } from '../worker/index.ts';

/** What became of one attempt, as the job's record would say it: a closed set. */
export type AttemptOutcome<J extends JobType = JobType> =
  /** The result as it is kept: as JSON leaves it. */
  | { readonly kind: 'succeeded'; readonly result: JobResult<J> }
  /** The next attempt is due after `wait` milliseconds, at `runAt`. */
  | { readonly kind: 'retrying'; readonly error: unknown; readonly wait: number; readonly runAt: Date }
  /** The handler asked to run later; no attempt is burnt. */
  | { readonly kind: 'snoozed'; readonly wait: number; readonly runAt: Date }
  /** `why`: it failed for good, or it failed in its last attempt. */
  | { readonly kind: 'dead'; readonly error: unknown; readonly why: 'failed' | 'no attempts left' };

/** What the worker settles an outcome as. `now`: milliseconds since the epoch. */
export function settledAs<J extends JobType>(
  type: J,
  outcome: Outcome,
  { attempt, now, random }: { attempt: number; now: number; random: () => number },
): AttemptOutcome<J> {
  switch (outcome.kind) {
    case 'succeed': {
      const { result } = outcome;
      return {
        kind: 'succeeded',
        result: (result === undefined ? undefined : JSON.parse(result)) as JobResult<J>,
      };
    }
    case 'snooze': {
      const runAt = Math.max(now, Math.ceil(outcome.until));
      return { kind: 'snoozed', wait: runAt - now, runAt: new Date(runAt) };
    }
    default: {
      const { error } = outcome;
      const wait = waitForNext(outcome, { retry: type.retry, attempt, random });
      if (wait !== undefined) return { kind: 'retrying', error, wait, runAt: new Date(now + wait) };
      return { kind: 'dead', error, why: outcome.kind === 'fail' ? 'failed' : 'no attempts left' };
    }
  }
}
