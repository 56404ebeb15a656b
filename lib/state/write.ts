import type { AttributeValue, BatchStatementRequest, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Status } from '../contract/index.ts';
import { attribute, partitionKey, STATE, stateKey, type Value } from './record.ts';
import { given, statementValue } from './statement-value.ts';
import { assertAllowed, type Event, type FromOf, type ToOf } from './transitions.ts';

/** A condition on the state item, as data, so that both of DynamoDB's languages can be written from it. */
export type Condition =
  | { readonly attr: string; readonly is: '=' | '<' | '<=' | '>'; readonly value: Value }
  | { readonly attr: string; readonly is: 'missing' }
  | { readonly attr: string; readonly is: 'in'; readonly values: readonly Value[] }
  | { readonly any: readonly Condition[] }
  | { readonly all: readonly Condition[] };

/** One conditional write to one state item. */
export interface Write {
  readonly id: string;
  /** The row of the transition table that it was built from. */
  readonly on: Event;
  readonly set: Readonly<Record<string, Value | undefined>>;
  /** Counters to raise. Only UpdateItem can: the engines' PartiQL differs. */
  readonly add: Readonly<Record<string, number>>;
  readonly remove: readonly string[];
  readonly where: Condition;
}

export interface TransitionOptions<E extends Event> {
  readonly id: string;
  readonly on: E;
  readonly from: readonly FromOf<E>[];
  readonly to: ToOf<E>;
  readonly set?: Readonly<Record<string, Value | undefined>>;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
  readonly where: readonly Condition[];
}

/**
 * The write for a row of the transition table: it sets the state after and insists on a state before.
 *
 * @throws {IllegalTransitionError} when the table does not have the row
 */
export function transition<E extends Event>(options: TransitionOptions<E>): Write {
  const from: readonly FromOf<E>[] = options.from;
  assertAllowed(options.on, from, options.to);
  return {
    id: options.id,
    on: options.on,
    set: { status: options.to, ...options.set },
    add: options.add ?? {},
    remove: options.remove ?? [],
    where: { all: [inStates(from as readonly Status[]), ...options.where] },
  };
}

function inStates(states: readonly Status[]): Condition {
  const [only] = states;
  if (states.length === 1 && only) return equals('status', only);
  return { attr: 'status', is: 'in', values: states };
}

export function equals(attr: string, value: Value): Condition {
  return { attr, is: '=', value };
}

export function missing(attr: string): Condition {
  return { attr, is: 'missing' };
}

/** A value as it was read: a condition that it has not changed since. */
export function asRead(attr: string, value: Value | undefined): Condition {
  return value === undefined ? missing(attr) : equals(attr, value);
}

/** The write as an UpdateItem that answers a failed condition with the record as it is. */
export function toUpdate(tableName: string, write: Write): UpdateItemCommandInput {
  const names: Record<string, string> = {};
  const values: Record<string, ReturnType<typeof attribute>> = {};
  const name = (attr: string) => {
    names[`#${attr}`] = attr;
    return `#${attr}`;
  };
  const value = (v: Value) => {
    const placeholder = `:v${Object.keys(values).length}`;
    values[placeholder] = attribute(v);
    return placeholder;
  };
  const language: Language = {
    name,
    value,
    missing: (attr) => `attribute_not_exists(${name(attr)})`,
    list: ['(', ')'],
  };
  const raised = Object.entries(write.add).map(
    ([attr, by]) => `${name(attr)} = ${name(attr)} + ${value(by)}`,
  );
  const set = [...assignments(write, language), ...raised].join(', ');
  const remove = write.remove.map(name).join(', ');
  return {
    TableName: tableName,
    Key: stateKey(write.id),
    UpdateExpression: `SET ${set}${remove ? ` REMOVE ${remove}` : ''}`,
    ConditionExpression: render(write.where, language),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/**
 * The write as a PartiQL statement for BatchExecuteStatement. Engines differ in PartiQL: what passes on all of them is
 * one SET with commas and at most one removed attribute; test/conformance holds that.
 */
export function toStatement(tableName: string, write: Write): BatchStatementRequest {
  if (write.remove.length > 1 || Object.keys(write.add).length > 0) {
    throw new RangeError(
      'A statement that every engine reads removes one attribute at most and raises no counter',
    );
  }
  const parameters: AttributeValue[] = [];
  const language: Language = {
    name: (attr) => `"${attr}"`,
    value: (v) => statementValue(attribute(v), parameters),
    missing: (attr) => `"${attr}" IS MISSING`,
    list: ['[', ']'],
  };
  const set = assignments(write, language).join(', ');
  const remove = write.remove.map((attr) => ` REMOVE "${attr}"`).join('');
  const key: Condition = { all: [equals('pk', partitionKey(write.id)), equals('sk', STATE)] };
  const where = `${render(key, language)} AND ${render(write.where, language)}`;
  return { Statement: `UPDATE "${tableName}" SET ${set}${remove} WHERE ${where}`, ...given(parameters) };
}

interface Language {
  readonly name: (attr: string) => string;
  readonly value: (value: Value) => string;
  readonly missing: (attr: string) => string;
  readonly list: readonly [string, string];
}

function assignments(write: Write, language: Language): string[] {
  const parts: string[] = [];
  for (const [attr, value] of Object.entries(write.set)) {
    if (value !== undefined) parts.push(`${language.name(attr)} = ${language.value(value)}`);
  }
  return parts;
}

function render(condition: Condition, language: Language): string {
  if ('all' in condition) return condition.all.map((c) => render(c, language)).join(' AND ');
  if ('any' in condition) return `(${condition.any.map((c) => group(c, language)).join(' OR ')})`;
  if (condition.is === 'missing') return language.missing(condition.attr);
  if (condition.is === 'in') {
    const [open, close] = language.list;
    return `${language.name(condition.attr)} IN ${open}${condition.values.map(language.value).join(', ')}${close}`;
  }
  return `${language.name(condition.attr)} ${condition.is} ${language.value(condition.value)}`;
}

function group(condition: Condition, language: Language): string {
  return 'all' in condition ? `(${render(condition, language)})` : render(condition, language);
}
