import { type DurationInput, milliseconds } from './duration.ts';
import { MillraceError } from './errors.ts';
import { InvalidOptionError } from './input-errors.ts';
import { LIMITS } from './limits.ts';
import { shown } from './shown.ts';

/** What an attempt ended in: a closed set. */
export type Outcome =
  /** `result`: JSON; undefined where the handler returned nothing. */
  | { readonly kind: 'succeed'; readonly result: string | undefined }
  /** `after`: milliseconds; undefined leaves the wait to the type's policy. */
  | { readonly kind: 'retry'; readonly error: unknown; readonly after?: number }
  /** `until`: milliseconds since the epoch. */
  | { readonly kind: 'snooze'; readonly until: number }
  | { readonly kind: 'fail'; readonly error: unknown };

/**
 * Thrown by a handler: try again, after `after` instead of the type's backoff. It counts as an attempt; the last
 * attempt's `Retry` makes the job dead.
 *
 * @example throw new Retry({ after: '5m', message: 'the partner asked us to slow down' })
 */
export class Retry extends MillraceError {
  static override readonly errorName: string = 'Retry';
  override readonly code: string = 'RETRY';
  override readonly retryable: boolean = true;
  /** Milliseconds. */
  readonly after: number | undefined;

  constructor({ after, message, cause }: { after?: DurationInput; message?: string; cause?: unknown } = {}) {
    super({ what: message ?? 'The handler asked for a retry', cause });
    this.after = after === undefined ? undefined : postponed(milliseconds(after, 'after'), 'after');
  }
}

/**
 * Thrown by a handler: not now; run again later. It burns no attempt. Give `for` or `until`, not both.
 *
 * @example throw new Snooze({ for: '10m' })
 */
export class Snooze extends MillraceError {
  static override readonly errorName: string = 'Snooze';
  override readonly code: string = 'SNOOZE';
  override readonly retryable: boolean = true;
  readonly #time: { for: number } | { until: number };

  constructor(options: { for: DurationInput; until?: never } | { until: Date | number; for?: never }) {
    super({ what: 'The handler asked to run later' });
    this.#time = timeOf(options);
  }

  /** When the job is due again, in milliseconds since the epoch; `now` is the clock's. */
  dueAt(now: number): number {
    const until = 'for' in this.#time ? now + this.#time.for : this.#time.until;
    postponed(Math.max(0, until - now), 'until');
    return until;
  }
}

/**
 * Thrown by a handler: no further attempt will help. The job becomes dead at once, whatever attempts are left.
 *
 * @example throw new Fail('the customer no longer exists')
 */
export class Fail extends MillraceError {
  static override readonly errorName: string = 'Fail';
  override readonly code: string = 'FAIL';

  constructor(message: string, { cause }: { cause?: unknown } = {}) {
    super({ what: message, cause });
  }
}

/** The outcome that a thrown value stands for: anything but the three above is a retry by the type's policy. */
export function outcomeOfThrown(thrown: unknown, now: number): Outcome {
  if (thrown instanceof Fail) return { kind: 'fail', error: thrown };
  if (thrown instanceof Snooze) return { kind: 'snooze', until: thrown.dueAt(now) };
  if (thrown instanceof Retry) return { kind: 'retry', error: thrown, after: thrown.after };
  return { kind: 'retry', error: thrown };
}

function timeOf(options: {
  for?: DurationInput;
  until?: Date | number;
}): { for: number } | { until: number } {
  if (options.for !== undefined && options.until === undefined) {
    return { for: postponed(milliseconds(options.for, 'for'), 'for') };
  }
  const until = options.until === undefined || options.for !== undefined ? Number.NaN : Number(options.until);
  if (Number.isFinite(until)) return { until };
  throw new InvalidOptionError({
    option: 'Snooze',
    got: shown(options),
    expected: 'either { for: a duration } or { until: a Date or milliseconds since the epoch }',
  });
}

function postponed(ms: number, option: string): number {
  if (ms <= LIMITS.maxPostpone) return ms;
  throw new InvalidOptionError({
    option,
    got: `${ms} ms`,
    expected: `at most ${LIMITS.maxPostpone} ms (366 days)`,
  });
}
