import { FilterPatternError } from '../errors.ts';

/** Whether an event, or a part of one, matches. */
export type EventFilter = (value: unknown) => boolean;

/**
 * Compiles patterns of Lambda's `FilterCriteria`. An event passes when any pattern matches, and always when there are
 * none. A pattern names fields; a field matches when any entry of its list does; all its fields must match.
 *
 * @throws FilterPatternError for what Lambda, too, would refuse, and for operators that are not known here
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
 */
export function compileFilters(patterns: readonly unknown[]): EventFilter {
  if (patterns.length === 0) return () => true;
  const compiled = patterns.map((pattern) => compileFields(pattern, '$'));
  return (value) => compiled.some((matches) => matches(value));
}

function compileFields(pattern: unknown, at: string): EventFilter {
  if (!isObject(pattern)) {
    throw new FilterPatternError({ at, got: pattern, expected: 'an object of fields, or a list of values' });
  }
  const fields = Object.entries(pattern).map(([name, rule]): EventFilter => {
    const path = `${at}.${name}`;
    if (name === '$or') return compileOr(rule, path);
    const matches = Array.isArray(rule) ? compileLeaf(rule, path) : overItems(compileFields(rule, path));
    return (value) => matches(isObject(value) ? value[name] : undefined);
  });
  return (value) => fields.every((matches) => matches(value));
}

function compileOr(rule: unknown, at: string): EventFilter {
  if (!Array.isArray(rule) || rule.length === 0) {
    throw new FilterPatternError({ at, got: rule, expected: 'a list of patterns' });
  }
  const options = rule.map((pattern, index) => compileFields(pattern, `${at}[${index}]`));
  return (value) => options.some((matches) => matches(value));
}

function compileLeaf(rules: readonly unknown[], at: string): EventFilter {
  if (rules.length === 0) throw new FilterPatternError({ at, got: rules, expected: 'at least one value' });
  const options = rules.map((rule, index) => compileRule(rule, `${at}[${index}]`));
  return (value) => options.some((matches) => matches(value));
}

function compileRule(rule: unknown, at: string): EventFilter {
  if (isLiteral(rule)) return overItems((value) => value === rule);
  if (!isObject(rule)) {
    throw new FilterPatternError({
      at,
      got: rule,
      expected: 'a string, number, boolean, null, or one operator',
    });
  }
  const [[operator, operand] = ['', undefined], ...more] = Object.entries(rule);
  const compile = OPERATORS.get(operator);
  if (compile === undefined || more.length > 0) {
    throw new FilterPatternError({
      at,
      got: rule,
      expected: `one operator of ${[...OPERATORS.keys()].join(', ')}`,
    });
  }
  return compile(operand, at);
}

const OPERATORS = new Map<string, (operand: unknown, at: string) => EventFilter>([
  ['prefix', (operand, at) => overText(operand, at, (value, text) => value.startsWith(text))],
  ['suffix', (operand, at) => overText(operand, at, (value, text) => value.endsWith(text))],
  [
    'equals-ignore-case',
    (operand, at) => overText(operand, at, (value, text) => value.toLowerCase() === text.toLowerCase()),
  ],
  ['anything-but', compileAnythingBut],
  ['numeric', compileNumeric],
  ['exists', compileExists],
]);

function overText(operand: unknown, at: string, test: (value: string, text: string) => boolean): EventFilter {
  if (typeof operand !== 'string') throw new FilterPatternError({ at, got: operand, expected: 'a string' });
  return overItems((value) => typeof value === 'string' && test(value, operand));
}

function compileAnythingBut(operand: unknown, at: string): EventFilter {
  const excluded: unknown[] = Array.isArray(operand) ? operand : [operand];
  if (excluded.length === 0 || !excluded.every(isLiteral)) {
    throw new FilterPatternError({ at, got: operand, expected: 'a value, or a list of values' });
  }
  return overItems((value) => isLiteral(value) && !excluded.includes(value));
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** Numbers only: DynamoDB's own are text in a stream record, so this matches none of them, on AWS neither. */
function compileNumeric(operand: unknown, at: string): EventFilter {
  const wrong = () =>
    new FilterPatternError({
      at,
      got: operand,
      expected: 'comparisons and numbers, as in [">", 0, "<=", 5]',
    });
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) throw wrong();
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const compare = COMPARISONS[String(operand[index])];
    const bound: unknown = operand[index + 1];
    if (compare === undefined || typeof bound !== 'number') throw wrong();
    tests.push((value) => compare(value, bound));
  }
  return overItems((value) => typeof value === 'number' && tests.every((test) => test(value)));
}

/** Only leaves exist: an object is its fields, so `exists: true` on an object matches nothing. */
function compileExists(operand: unknown, at: string): EventFilter {
  if (typeof operand !== 'boolean')
    throw new FilterPatternError({ at, got: operand, expected: 'true or false' });
  return (value) => operand === (value !== undefined && !isObject(value));
}

/** A list matches when any of its items does. */
function overItems(matches: EventFilter): EventFilter {
  return (value) => (Array.isArray(value) ? value.some(matches) : matches(value));
}

function isLiteral(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
