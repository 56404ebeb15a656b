import { InvalidOptionError } from './input-errors.ts';
import { shown } from './shown.ts';

type Unit = 'ms' | 's' | 'm' | 'h' | 'd';

/** A length of time: milliseconds as a number, or a whole number with its unit: `'500ms'`, `'30s'`, `'15m'`, `'2h'`, `'7d'`. */
export type DurationInput = number | `${number}${Unit}`;

const UNITS: Record<Unit, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Whether it is a number with a unit. */
export function isDuration(input: unknown): input is Exclude<DurationInput, number> {
  return typeof input === 'string' && PATTERN.test(input);
}

/**
 * A duration in milliseconds.
 *
 * @throws {InvalidOptionError} when it is negative, not finite, or not of the form above
 */
export function milliseconds(input: DurationInput, option: string): number {
  const match = typeof input === 'string' ? PATTERN.exec(input) : undefined;
  const value = match ? Number(match[1]) * UNITS[match[2] as Unit] : input;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new InvalidOptionError({
      option,
      got: shown(input),
      expected: "milliseconds as a number, or a number with a unit such as '500ms', '30s', '15m', '2h', '7d'",
    });
  }
  return Math.round(value);
}

/** The shortest exact form of a duration, for messages. */
export function readable(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms >= UNITS[unit] && ms % UNITS[unit] === 0) return `${ms / UNITS[unit]}${unit}`;
  }
  return `${ms}ms`;
}
