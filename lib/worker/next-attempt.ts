import { backoff, type Outcome, type RetryPolicy } from '../contract/index.ts';

/**
 * How long a failed attempt waits for the next one, in milliseconds; undefined: there is none, the job is dead.
 *
 * @param attempt the attempt that failed, from 1
 */
export function waitForNext(
  outcome: Extract<Outcome, { kind: 'retry' | 'fail' }>,
  { retry, attempt, random }: { retry: RetryPolicy; attempt: number; random: () => number },
): number | undefined {
  if (outcome.kind === 'fail' || attempt >= retry.maxAttempts) return undefined;
  return outcome.after ?? backoff(retry, attempt, random);
}
