import { TemplateInvalidError, TemplateUnsupportedError } from '../errors.ts';
import { brief, isList, isObject, type Json } from './json.ts';
import type { Location } from './location.ts';
import { resolveValue } from './resolve.ts';
import type { Scope } from './scope.ts';

/** The value of a condition of the template's Conditions section. */
export function evaluateCondition(name: string, scope: Scope, at: Location): boolean {
  return evaluateNamed(name, scope, at, []);
}

function evaluateNamed(name: string, scope: Scope, at: Location, outer: readonly string[]): boolean {
  const condition = scope.conditions[name];
  if (condition === undefined || outer.includes(name)) {
    throw new TemplateInvalidError({
      what: `the condition ${name} ${condition === undefined ? 'is not defined' : 'refers to itself'}`,
      at,
      fix: 'mend the condition in the app',
    });
  }
  const own = { stack: scope.stack, logicalId: name, property: 'Conditions' };
  return evaluate(condition, scope, own, [...outer, name]);
}

function evaluate(condition: Json, scope: Scope, at: Location, outer: readonly string[]): boolean {
  const [[operator, operand] = []] = isObject(condition) ? Object.entries(condition) : [];
  if (operator === undefined || operand === undefined) throw malformed(condition, at);
  switch (operator) {
    case 'Condition':
      if (typeof operand !== 'string') throw malformed(condition, at);
      return evaluateNamed(operand, scope, at, outer);
    case 'Fn::Equals': {
      const [left, right] = operands(operand, at);
      if (left === undefined || right === undefined) throw malformed(condition, at);
      // CloudFormation compares as text: "5" equals 5.
      return comparable(resolveValue(left, scope, at)) === comparable(resolveValue(right, scope, at));
    }
    case 'Fn::And':
      return operands(operand, at).every((each) => evaluate(each, scope, at, outer));
    case 'Fn::Or':
      return operands(operand, at).some((each) => evaluate(each, scope, at, outer));
    case 'Fn::Not':
      return !operands(operand, at).some((each) => evaluate(each, scope, at, outer));
    default:
      throw new TemplateUnsupportedError({
        what: `the condition function ${operator} is not emulated`,
        at,
        expected: 'one of Condition, Fn::Equals, Fn::And, Fn::Or, Fn::Not',
        fix: 'express the condition with one of these',
      });
  }
}

function operands(value: Json, at: Location): readonly Json[] {
  if (isList(value)) return value;
  throw malformed(value, at);
}

function comparable(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function malformed(got: Json, at: Location): TemplateInvalidError {
  return new TemplateInvalidError({
    what: 'a condition has the wrong form',
    at,
    got: brief(got),
    fix: 'mend the condition in the app',
  });
}
