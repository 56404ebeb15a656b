import { InvalidOptionError } from './input-errors.ts';
import { LIMITS, NAME_PATTERN, TENANT_PATTERN, TEXT_PATTERN, WELL_FORMED_PATTERN } from './limits.ts';
import { isPriority, PRIORITIES, type Priority } from './priority.ts';
import { shown } from './shown.ts';

interface TextRule {
  readonly option: string;
  readonly max: number;
  readonly pattern: RegExp;
  /** @default any well-formed text */
  readonly alphabet?: string;
}

function checkText(value: unknown, { option, max, pattern, alphabet }: TextRule): string {
  if (typeof value === 'string' && value.length >= 1 && value.length <= max && pattern.test(value))
    return value;
  throw new InvalidOptionError({
    option,
    got: shown(value),
    expected: `1 to ${max} characters${alphabet === undefined ? ' of well-formed text' : `: ${alphabet}`}`,
  });
}

const NAME_ALPHABET = 'letters, digits, dot, underscore, hyphen, beginning with a letter or digit';

/** Names become keys of objects: one that every object has, or that a parser drops for safety, cannot be told apart. */
function checkKey(key: string, option: string): void {
  if (!(key in Object.prototype) && key !== 'prototype') return;
  const expected = "a name that JavaScript's own objects do not have";
  throw new InvalidOptionError({ option, got: shown(key), expected });
}

export function checkName(value: unknown, option: string, max: number = LIMITS.nameLength): string {
  if (typeof value === 'string') checkKey(value, option);
  return checkText(value, { option, max, pattern: NAME_PATTERN, alphabet: NAME_ALPHABET });
}

export function checkTenant(value: unknown): string {
  const alphabet = 'ASCII letters, digits and punctuation, no space (the rule of an SQS message group)';
  return checkText(value, { option: 'tenant', max: LIMITS.tenantLength, pattern: TENANT_PATTERN, alphabet });
}

const PRINTABLE = 'any but control characters';

export function checkIdempotencyKey(value: unknown): string {
  const max = LIMITS.idempotencyKeyLength;
  return checkText(value, { option: 'idempotencyKey', max, pattern: TEXT_PATTERN, alphabet: PRINTABLE });
}

export function checkCorrelationId(value: unknown): string {
  const max = LIMITS.correlationIdLength;
  return checkText(value, { option: 'correlationId', max, pattern: TEXT_PATTERN, alphabet: PRINTABLE });
}

/** Who does something to a job. */
export function checkBy(value: unknown): string {
  const max = LIMITS.byLength;
  return checkText(value, { option: 'by', max, pattern: WELL_FORMED_PATTERN });
}

/** And why. */
export function checkWhy(value: unknown): string {
  const max = LIMITS.whyLength;
  return checkText(value, { option: 'why', max, pattern: WELL_FORMED_PATTERN });
}

export function checkPriority(value: unknown): Priority {
  if (isPriority(value)) return value;
  const expected = `one of ${PRIORITIES.join(', ')}`;
  throw new InvalidOptionError({ option: 'priority', got: shown(value), expected });
}

/** Labels that a job carries for people and logs. */
export type Tags = Readonly<Record<string, string>>;

export function checkTags(tags: Tags): Tags {
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) {
    throw new InvalidOptionError({
      option: 'tags',
      got: shown(tags),
      expected: 'an object of texts by name',
    });
  }
  const entries = Object.entries(tags);
  if (entries.length > LIMITS.tags) {
    throw new InvalidOptionError({
      option: 'tags',
      got: `${entries.length} tags`,
      expected: `at most ${LIMITS.tags}`,
    });
  }
  for (const [key, value] of entries) {
    checkKey(key, 'tags (key)');
    checkText(key, {
      option: 'tags (key)',
      max: LIMITS.tagKeyLength,
      pattern: TEXT_PATTERN,
      alphabet: PRINTABLE,
    });
    checkText(value, {
      option: `tags.${key}`,
      max: LIMITS.tagValueLength,
      pattern: TEXT_PATTERN,
      alphabet: PRINTABLE,
    });
  }
  return tags;
}
