import { InvalidOptionError } from '../input-errors.ts';
import type { Body } from './body.ts';

/** `rate(value unit)`: a steady pace, counted from the schedule's start. */
export interface RateExpression {
  readonly kind: 'rate';
  readonly text: string;
  /** Milliseconds between two firings; a day is 24 hours, whatever the clocks do (AWS: user guide, schedule types). */
  readonly period: number;
}

const UNITS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/**
 * One unit may be written in the plural (`rate(1 days)` is the user guide's own example); more than one must be.
 * The longest period is a date's whole range, so that every firing is a valid Date.
 */
export function parseRate({ text, inner, option }: Body): RateExpression {
  const [, digits, unit, plural] = /^([1-9]\d{0,8}) (minute|hour|day)(s?)$/.exec(inner) ?? [];
  const value = Number(digits);
  if (unit && (plural || value === 1)) {
    return { kind: 'rate', text, period: value * UNITS[unit as keyof typeof UNITS] };
  }
  throw new InvalidOptionError({
    option,
    got: `'${text}'`,
    expected: 'rate(value unit): a whole number of 1 or more, a space, and minutes, hours or days',
    fix: unit
      ? `write rate(${digits} ${unit}s)`
      : 'such as rate(15 minutes), rate(1 hour); for less than a minute, enqueue with a delay',
  });
}
