import { InvalidOptionError, LIMITS, milliseconds, timeOf } from '../contract/index.ts';
import type { EnqueueOptions } from './options.ts';

/**
 * When a job is due, in milliseconds since the epoch: now at the earliest.
 *
 * @throws {InvalidOptionError} when both options are given, or one that cannot be read, or one that is too far away
 */
export function dueAt(
  { runAt, delay }: Pick<EnqueueOptions, 'runAt' | 'delay'>,
  { now }: { now: number },
): number {
  if (runAt !== undefined && delay !== undefined) {
    const fix = 'keep the one that says it best';
    throw new InvalidOptionError({ option: 'runAt', got: 'runAt and delay', expected: 'one of them', fix });
  }
  const wait =
    runAt === undefined
      ? milliseconds(delay === undefined ? 0 : delay, 'delay')
      : timeOf(runAt, 'runAt') - now;
  if (wait <= LIMITS.maxDelay) return now + Math.max(wait, 0);
  throw new InvalidOptionError({
    option: runAt === undefined ? 'delay' : 'runAt',
    got: `${wait} ms from now`,
    expected: `at most ten years from now (${LIMITS.maxDelay} ms)`,
  });
}
