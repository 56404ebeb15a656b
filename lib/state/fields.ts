import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { LIMITS, MillraceError, OVERLAPS, PRIORITIES, STATUSES, TENANT_PATTERN } from '../contract/index.ts';

/** How an attribute is read: `undefined` says that it is not what was expected. */
export interface Field {
  readonly read: (value: AttributeValue) => unknown;
  readonly expected: string;
  readonly optional?: true;
}

export type Fields = Readonly<Record<string, Field>>;

/**
 * An item of the job table is not as Millrace writes it: a person or another program changed it, or a newer version wrote
 * it in another way. Nothing is decided by such an item; it stays as it is.
 */
export class RecordUnreadableError extends MillraceError {
  static override readonly errorName: string = 'RecordUnreadableError';
  override readonly code: string = 'RECORD_UNREADABLE';

  constructor({ id, problems, cause }: { id: string; problems: readonly string[]; cause?: unknown }) {
    super({
      what: `An item of the job '${id.slice(0, LIMITS.idLength)}' cannot be read`,
      got: problems.slice(0, 5).join('; ').slice(0, 500).toWellFormed(),
      expected: 'an item of the job table as Millrace writes it',
      fix: 'correct the item in the table (pk and sk as named), or delete it; nothing of it was changed',
      context: { id, problems },
      cause,
    });
  }
}

/** Reads the fields of an item; attributes that are none of them are left alone: a newer writer may add some. */
export function readFields(
  item: Readonly<Record<string, AttributeValue>>,
  fields: Fields,
  id: string,
): unknown {
  const values: Record<string, unknown> = {};
  let problems: string[] | undefined;
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(item, name) ? item[name] : undefined;
    if (value === undefined) {
      if (!field.optional) problems = [...(problems ?? []), `${name} is missing`];
      continue;
    }
    const read = field.read(value);
    if (read === undefined) problems = [...(problems ?? []), problem(name, value, field)];
    else values[name] = read;
  }
  if (problems) throw new RecordUnreadableError({ id, problems });
  return values;
}

function problem(name: string, value: AttributeValue, { expected }: Field): string {
  return `${name} is ${JSON.stringify(value).slice(0, 80)}, expected ${expected}`;
}

export function optional(field: Field): Field & { readonly optional: true } {
  return { ...field, optional: true };
}

export const text: Field = { read: ({ S }) => S, expected: 'text' };

/** Part of a key, or of one that it is compared with. */
export const key: Field = {
  read: ({ S }) => (S !== undefined && S.length > 0 && S.length <= LIMITS.idLength ? S : undefined),
  expected: `text of 1 to ${LIMITS.idLength} characters`,
};

export const filled: Field = { read: ({ S }) => (S ? S : undefined), expected: 'text that is not empty' };

export const tenant: Field = {
  read: ({ S }) =>
    S !== undefined && S.length <= LIMITS.tenantLength && TENANT_PATTERN.test(S) ? S : undefined,
  expected: `1 to ${LIMITS.tenantLength} ASCII characters, no space`,
};

/** A mark that is there or not: the protocol's conditions ask for no more than that. */
export const mark: Field = { read: ({ BOOL }) => BOOL || undefined, expected: 'true, or no such attribute' };

export const status: Field = oneOf(STATUSES);
export const priority: Field = oneOf(PRIORITIES);
export const overlap: Field = oneOf(OVERLAPS);

export const count: Field = whole(0, LIMITS.count);
/** Milliseconds since the epoch. */
export const time: Field = whole(0, LIMITS.time);
export const version: Field = whole(1, LIMITS.version);
export const one: Field = whole(1, 1);

/** Texts by name. */
export const texts: Field = { read: textsOf, expected: 'a map of texts' };

/** A map of texts that has these names. */
export function textsWith(...names: readonly string[]): Field {
  const read = (value: AttributeValue) => {
    const found = textsOf(value);
    return found && names.every((name) => Object.hasOwn(found, name)) ? found : undefined;
  };
  return { read, expected: `a map of texts with ${names.join(', ')}` };
}

function textsOf({ M }: AttributeValue): Record<string, string> | undefined {
  if (M === undefined) return undefined;
  const entries: [string, string][] = [];
  for (const [name, { S }] of Object.entries(M)) {
    if (S === undefined) return undefined;
    entries.push([name, S]);
  }
  return Object.fromEntries(entries);
}

function oneOf(values: readonly string[]): Field {
  return {
    read: ({ S }) => (S !== undefined && values.includes(S) ? S : undefined),
    expected: `one of ${values.join(', ')}`,
  };
}

function whole(min: number, max: number): Field {
  const read = ({ N }: AttributeValue) => {
    const value = N === undefined ? Number.NaN : Number(N);
    return Number.isInteger(value) && value >= min && value <= max ? value : undefined;
  };
  return { read, expected: `a whole number from ${min} to ${max}` };
}
