import { TemplateInvalidError } from '../errors.ts';
import { evaluateCondition } from './conditions.ts';
import { brief, isList, isObject, isScalar, type Json } from './json.ts';
import { type Location, within } from './location.ts';
import { NO_VALUE, type Resolved, resolve, resolveText, resolveValue } from './resolve.ts';
import type { Scope } from './scope.ts';

type Intrinsic = (argument: Json, scope: Scope, at: Location) => Resolved;

/** The intrinsic functions of the CloudFormation template reference that the local cloud knows. */
export const intrinsics: ReadonlyMap<string, Intrinsic> = new Map<string, Intrinsic>([
  ['Ref', (name, scope, at) => reference(textOf(name, at), scope, at)],
  ['Fn::GetAtt', getAtt],
  ['Fn::Join', join],
  ['Fn::Sub', sub],
  ['Fn::Select', select],
  ['Fn::Split', split],
  ['Fn::If', choose],
  ['Fn::FindInMap', findInMap],
  ['Fn::ImportValue', importValue],
  ['Fn::GetStackOutput', getStackOutput],
  ['Fn::Base64', (value, scope, at) => Buffer.from(resolveText(value, scope, at)).toString('base64')],
  ['Fn::Length', (value, scope, at) => listOf(resolveValue(value, scope, at), at).length],
  ['Fn::ToJsonString', (value, scope, at) => JSON.stringify(resolveValue(value, scope, at))],
]);

function reference(name: string, scope: Scope, at: Location): Resolved {
  if (name === 'AWS::NoValue') return NO_VALUE;
  const value = scope.values.get(name) ?? scope.resources.get(name)?.ref;
  if (value !== undefined) return value;
  throw absent(name, scope, at);
}

function getAtt(argument: Json, scope: Scope, at: Location): Json {
  const parts = typeof argument === 'string' ? splitOnce(argument) : pair(argument, at);
  const name = textOf(parts[0], at);
  const attribute = resolveText(parts[1], scope, at);
  const resource = scope.resources.get(name);
  if (resource === undefined) throw absent(name, scope, at);
  const value = resource.attributes[attribute];
  if (value !== undefined) return value;
  throw new TemplateInvalidError({
    what: `${name} has no attribute ${attribute} in the local cloud`,
    at,
    expected: `one of ${Object.keys(resource.attributes).join(', ') || 'none'}`,
    fix: 'refer to another attribute, or ask for this one in an issue',
  });
}

function join(argument: Json, scope: Scope, at: Location): string {
  const [separator, list] = pair(argument, at);
  const values = listOf(resolveValue(list, scope, at), at);
  return values.map((value) => textOf(value, at)).join(textOf(separator, at));
}

/** `${Name}`, `${Name.Attribute}`, `${!Literal}`. */
function sub(argument: Json, scope: Scope, at: Location): string {
  const [template, own] = isList(argument) ? pair(argument, at) : [argument, {}];
  const variables = isObject(own) ? own : {};
  return textOf(template, at).replace(/\$\{(!?)([^}]+)\}/g, (_all, literal: string, inner: string) => {
    if (literal === '!') return `\${${inner}}`;
    const name = inner.trim();
    const variable = variables[name];
    if (variable !== undefined) return resolveText(variable, scope, within(at, name));
    const value = name.includes('.') ? getAtt(name, scope, at) : reference(name, scope, at);
    return value === NO_VALUE ? '' : textOf(value, at);
  });
}

function select(argument: Json, scope: Scope, at: Location): Json {
  const [index, list] = pair(argument, at);
  const values = listOf(resolveValue(list, scope, at), at);
  const value = values[Number(resolveText(index, scope, at))];
  if (value !== undefined) return value;
  throw new TemplateInvalidError({
    what: `Fn::Select finds nothing at index ${brief(index)}`,
    at,
    got: `${values.length} values: ${brief(values)}`,
    fix: 'mend the index in the app',
  });
}

function split(argument: Json, scope: Scope, at: Location): Json {
  const [separator, text] = pair(argument, at);
  return resolveText(text, scope, at).split(textOf(separator, at));
}

function choose(argument: Json, scope: Scope, at: Location): Resolved {
  const [condition, yes, no] = listOf(argument, at);
  if (condition === undefined || yes === undefined || no === undefined) throw malformed(argument, at);
  // Only the branch taken is resolved: the other may refer to what does not exist.
  return resolve(evaluateCondition(textOf(condition, at), scope, at) ? yes : no, scope, at);
}

function findInMap(argument: Json, scope: Scope, at: Location): Json {
  const keys = listOf(argument, at)
    .slice(0, 3)
    .map((key) => resolveText(key, scope, at));
  const [map = '', first = '', second = ''] = keys;
  const table = scope.mappings[map];
  const row = isObject(table) ? table[first] : undefined;
  const value = isObject(row) ? row[second] : undefined;
  if (value !== undefined) return value;
  throw new TemplateInvalidError({
    what: 'Fn::FindInMap finds nothing',
    at,
    got: keys.join(' › '),
    fix: 'add the entry to the mapping (for Regions: the local cloud runs in the Region of AWS_REGION or of the stack)',
  });
}

function importValue(argument: Json, scope: Scope, at: Location): Json {
  const name = resolveText(argument, scope, at);
  const value = scope.exports.get(name);
  if (value !== undefined) return value;
  throw new TemplateInvalidError({
    what: `no started stack exports ${JSON.stringify(name)}`,
    at,
    expected: `one of ${[...scope.exports.keys()].join(', ') || 'none'}`,
    fix: 'start the exporting stack as well (option `stacks`), or state the dependency in the app',
  });
}

function getStackOutput(argument: Json, scope: Scope, at: Location): Json {
  if (!isObject(argument)) throw malformed(argument, at);
  const stack = resolveText(argument['StackName'] ?? null, scope, within(at, 'StackName'));
  const output = resolveText(argument['OutputName'] ?? null, scope, within(at, 'OutputName'));
  const value = scope.outputs.get(stack)?.get(output);
  if (value !== undefined) return value;
  throw new TemplateInvalidError({
    what: `no started stack ${JSON.stringify(stack)} has an output ${JSON.stringify(output)}`,
    at,
    fix: 'start that stack as well (option `stacks`), or state the dependency in the app',
  });
}

function absent(name: string, scope: Scope, at: Location): TemplateInvalidError {
  return new TemplateInvalidError({
    what: `${JSON.stringify(name)} is referred to, but ${scope.absent.get(name) ?? 'the template does not define it'}`,
    at,
    fix: 'mend the reference in the app',
  });
}

function splitOnce(text: string): [string, string] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
}

function pair(argument: Json, at: Location): [Json, Json] {
  const [first, second] = listOf(argument, at);
  if (first === undefined || second === undefined) throw malformed(argument, at);
  return [first, second];
}

function listOf(value: Json, at: Location): readonly Json[] {
  if (isList(value)) return value;
  throw malformed(value, at);
}

function textOf(value: Json, at: Location): string {
  if (isScalar(value)) return String(value);
  throw malformed(value, at);
}

function malformed(got: Json, at: Location): TemplateInvalidError {
  return new TemplateInvalidError({
    what: 'an intrinsic function has arguments of the wrong form',
    at,
    got: brief(got),
    fix: 'mend it in the app, after the CloudFormation template reference',
  });
}
