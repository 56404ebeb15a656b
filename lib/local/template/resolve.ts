import { TemplateInvalidError, TemplateUnsupportedError } from '../errors.ts';
import { intrinsics } from './intrinsics.ts';
import { brief, isList, isObject, isScalar, type Json, type JsonObject } from './json.ts';
import { type Location, within } from './location.ts';
import type { Scope } from './scope.ts';

/** The value of `AWS::NoValue`: whatever holds it is left out. */
export const NO_VALUE: unique symbol = Symbol('AWS::NoValue');
export type Resolved = Json | typeof NO_VALUE;

/**
 * Replaces every intrinsic function in `value`, depth first.
 *
 * @throws TemplateUnsupportedError for a function that the local cloud does not know.
 * @throws TemplateInvalidError for one that is malformed or refers to nothing.
 */
export function resolve(value: Json, scope: Scope, at: Location): Resolved {
  if (isList(value)) {
    return value
      .map((entry, index) => resolve(entry, scope, within(at, index)))
      .filter((entry): entry is Json => entry !== NO_VALUE);
  }
  if (!isObject(value)) return value;
  const name = intrinsicName(value);
  if (name !== undefined) return call(name, value[name] ?? null, scope, at);
  const entries: [string, Json][] = [];
  for (const [key, entry] of Object.entries(value)) {
    const resolved = resolve(entry, scope, within(at, key));
    if (resolved !== NO_VALUE) entries.push([key, resolved]);
  }
  return Object.fromEntries(entries);
}

/** As {@link resolve}, where a value has to come out. */
export function resolveValue(value: Json, scope: Scope, at: Location): Json {
  const resolved = resolve(value, scope, at);
  if (resolved !== NO_VALUE) return resolved;
  throw new TemplateInvalidError({
    what: 'a value is needed here, but it is AWS::NoValue',
    at,
    fix: 'give it a value in the app',
  });
}

/** As {@link resolveValue}, where it has to be text (numbers and booleans become text, as in CloudFormation). */
export function resolveText(value: Json, scope: Scope, at: Location): string {
  const resolved = resolveValue(value, scope, at);
  if (isScalar(resolved)) return String(resolved);
  throw new TemplateInvalidError({
    what: 'text is needed here',
    at,
    got: brief(resolved),
    fix: 'give it a text in the app',
  });
}

/** The name of the intrinsic function that an object of one key is, if it is one. */
export function intrinsicName(value: JsonObject): string | undefined {
  const keys = Object.keys(value);
  const [key] = keys;
  if (keys.length !== 1 || key === undefined) return undefined;
  return key === 'Ref' || key.startsWith('Fn::') ? key : undefined;
}

function call(name: string, argument: Json, scope: Scope, at: Location): Resolved {
  const intrinsic = intrinsics.get(name);
  if (intrinsic === undefined) {
    throw new TemplateUnsupportedError({
      what: `the intrinsic function ${name} is not emulated`,
      at,
      expected: `one of ${[...intrinsics.keys()].join(', ')}`,
      fix: 'express it with one of these, or keep it in a stack that the local cloud does not start',
    });
  }
  return intrinsic(argument, scope, at);
}
