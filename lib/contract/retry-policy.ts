import { DEFAULTS } from './defaults.ts';
import { type DurationInput, milliseconds } from './duration.ts';
import { InvalidOptionError } from './input-errors.ts';
import { LIMITS } from './limits.ts';
import { shown } from './shown.ts';

/** How a type's failed attempts are tried again. */
export interface RetryOptions {
  /**
   * Executions in all, the first included: 1 to 100. Only executions count, never throttling or redelivery.
   * @default 10
   */
  readonly maxAttempts?: number;
  readonly backoff?: {
    /**
     * The longest wait before the second attempt; it doubles with each further one.
     * @default 2s
     */
    readonly base?: DurationInput;
    /**
     * The longest wait between two attempts.
     * @default 10m
     */
    readonly cap?: DurationInput;
  };
}

/** A policy with every default filled in. Durations in milliseconds. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly base: number;
  readonly cap: number;
}

export function retryPolicy(options: RetryOptions = {}): RetryPolicy {
  if (typeof options !== 'object' || options === null)
    throw new InvalidOptionError({ option: 'retry', got: shown(options), expected: 'an object' });
  const maxAttempts = options.maxAttempts ?? DEFAULTS.maxAttempts;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > LIMITS.maxAttempts) {
    throw new InvalidOptionError({
      option: 'retry.maxAttempts',
      got: shown(maxAttempts),
      expected: `a whole number from 1 to ${LIMITS.maxAttempts}`,
    });
  }
  const base = milliseconds(options.backoff?.base ?? DEFAULTS.backoffBase, 'retry.backoff.base');
  const cap = milliseconds(options.backoff?.cap ?? DEFAULTS.backoffCap, 'retry.backoff.cap');
  if (cap < base || cap > LIMITS.maxPostpone) {
    throw new InvalidOptionError({
      option: 'retry.backoff.cap',
      got: `${cap} ms`,
      expected: `at least the base (${base} ms) and at most ${LIMITS.maxPostpone} ms`,
    });
  }
  return { maxAttempts, base, cap };
}

/**
 * The wait before the next attempt, in milliseconds: exponential backoff with full jitter, uniform between 0 and
 * min(cap, base · 2^(attempt - 1)), which spreads retries best of the usual forms
 * (AWS Architecture Blog, "Exponential Backoff And Jitter").
 *
 * @param attempt the attempt that failed, from 1
 */
export function backoff({ base, cap }: RetryPolicy, attempt: number, random: () => number): number {
  return Math.floor(random() * Math.min(cap, base * 2 ** Math.min(attempt - 1, 50)));
}
