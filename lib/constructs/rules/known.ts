import { type Duration, Token } from 'aws-cdk-lib';
import { type StackRule, StackRuleError } from './stack-rule-error.ts';

/** Whether a value is there and is no token: what a token stands for is not known before the deployment, and is not checked. */
export function isKnown(value: number | undefined): value is number {
  return value !== undefined && !Token.isUnresolved(value);
}

/**
 * A duration in whole seconds.
 *
 * @throws {StackRuleError} `not-known-at-synth` for a token: other durations are derived from this one
 */
export function secondsOf(duration: Duration, option: string): number {
  if (!duration.isUnresolved()) return duration.toSeconds({ integral: true });
  throw new StackRuleError({
    rule: 'not-known-at-synth',
    what: `${option} is not known when the stack is synthesised`,
    got: 'a token',
    expected: 'a literal duration, because the queues’ visibility timeouts are derived from it',
    fix: `pass a value such as Duration.seconds(120) as ${option}`,
  });
}

/** A duration in seconds; undefined for a token, which is not checked. */
export function literalSeconds(duration: Duration): number | undefined {
  return duration.isUnresolved() ? undefined : duration.toSeconds({ integral: false });
}

interface Range {
  readonly option: string;
  readonly value: number | undefined;
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
  readonly rule?: StackRule;
  readonly fix?: string;
}

/** @throws {StackRuleError} when a known value is not a whole number of its range */
export function checkRange({ option, value, min, max, unit, rule = 'out-of-range', fix }: Range): void {
  if (!isKnown(value) || (Number.isInteger(value) && value >= min && value <= max)) return;
  const suffix = unit === undefined ? '' : ` ${unit}`;
  throw new StackRuleError({
    rule,
    what: `${option} is out of range`,
    got: `${value}${suffix}`,
    expected: `a whole number from ${min} to ${max}${suffix}`,
    fix: fix ?? `set ${option} to a value of that range`,
    context: { option, value },
  });
}
