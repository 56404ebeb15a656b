import { DEFAULTS, type JobType } from '../../contract/index.ts';
import { AWS_LIMITS, STACK_DEFAULTS } from '../defaults.ts';
import { StackRuleError } from './stack-rule-error.ts';

/** What an invocation needs beyond a type's timeout before the worker claims a job of it, in seconds. */
const RESERVE = DEFAULTS.settleReserve / 1_000;

/**
 * The function outlives every type's timeout, or its jobs would never be claimed.
 *
 * @param timeout seconds
 * @throws {StackRuleError} `function-timeout`
 */
export function checkFunctionTimeout(options: {
  pool: string;
  timeout: number;
  jobs: readonly JobType[];
}): void {
  const { pool, timeout, jobs } = options;
  if (timeout > AWS_LIMITS.functionTimeout) {
    throw new StackRuleError({
      rule: 'function-timeout',
      what: `The function timeout of the pool '${pool}' is longer than Lambda allows`,
      got: `${timeout} s`,
      expected: `at most ${AWS_LIMITS.functionTimeout} s`,
      fix: `shorten pools.${pool}.timeout`,
      context: { pool, timeout },
    });
  }
  for (const job of jobs) {
    const needed = job.timeout / 1_000 + RESERVE;
    if (timeout > needed) continue;
    throw new StackRuleError({
      rule: 'function-timeout',
      what: `The function of the pool '${pool}' ends before a '${job.name}' job may`,
      got: `a function timeout of ${timeout} s and a type timeout of ${job.timeout / 1_000} s`,
      expected: `a function timeout over ${needed} s (the type's timeout, and ${RESERVE} s to settle)`,
      fix: `raise pools.${pool}.timeout, leave it out (it is then derived), or shorten the timeout in defineJob`,
      context: { pool, job: job.name, timeout, typeTimeout: job.timeout / 1_000 },
    });
  }
}

/** The shortest visibility timeout that a queue may have, in seconds. */
export function leastVisibility(options: { functionTimeout: number; batchWindow: number }): number {
  return options.functionTimeout + options.batchWindow + STACK_DEFAULTS.visibilityMargin;
}

/**
 * A message stays invisible for as long as a worker may hold it. AWS advises six times the function's timeout, to cover
 * throttled pollers; maximum concurrency within the reservation rules throttling out, so more would only slow recovery.
 *
 * @param visibility seconds
 * @throws {StackRuleError} `visibility`
 */
export function checkVisibility(options: {
  queue: string;
  visibility: number;
  functionTimeout: number;
  batchWindow: number;
}): void {
  const { queue, visibility, functionTimeout, batchWindow } = options;
  const least = leastVisibility(options);
  if (visibility >= least && visibility <= AWS_LIMITS.visibility) return;
  const parts = `function timeout ${functionTimeout} s + batch window ${batchWindow} s + ${STACK_DEFAULTS.visibilityMargin} s`;
  throw new StackRuleError({
    rule: 'visibility',
    what: `The visibility timeout of ${queue} does not fit the function that it feeds`,
    got: `${visibility} s`,
    expected: `${least} s (${parts}) to ${AWS_LIMITS.visibility} s`,
    fix: 'raise the visibility timeout of the queue, or leave it out: it is then derived',
    context: { queue, visibility, functionTimeout, batchWindow },
  });
}
