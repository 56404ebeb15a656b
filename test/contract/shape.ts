import { readFileSync } from 'node:fs';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ENVELOPE_VERSION, REFERENCE_VERSION } from '../../lib/contract/index.ts';
import type { Item } from '../../lib/state/index.ts';

type Types = Readonly<Record<string, string>>;
/** Field → type: what a reader counts on, and what it knows besides. */
interface KindShape {
  readonly required: Types;
  readonly optional?: Types;
}
export type Shape = Readonly<Record<string, KindShape>>;

/** Of all versions: the envelope of a later one is a kind of its own. */
export function readShape(): Shape {
  return { ...shapeOf(ENVELOPE_VERSION), 'envelope 2': shapeOf(REFERENCE_VERSION)['envelope'] as KindShape };
}

function shapeOf(version: number): Shape {
  const file = new URL(`./fixtures/golden/shape-v${version}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Shape;
}

interface Stored {
  readonly items: readonly Item[];
  readonly bodies: readonly string[];
}

/** What would break a reader of this shape if it read these, each said once. Empty: nothing. */
export function breaks(shape: Shape, { items, bodies }: Stored): string[] {
  const found = new Set<string>();
  for (const body of bodies) compare(found, shape, typedBody(body));
  for (const item of items) {
    for (const typed of typedItem(item)) compare(found, shape, typed);
    const kind = `${kindOf(item)} ${item['status']?.S}`;
    const inState = shape[kind];
    if (inState) missing(found, inState, { kind, types: typesOf(item) });
  }
  return [...found].sort();
}

/** What of this shape stands in none of these. Empty: nothing. */
export function lacks(shape: Shape, { items, bodies }: Stored): string[] {
  const all = [...bodies.map(typedBody), ...items.flatMap(typedItem)];
  for (const item of items) all.push({ kind: `${kindOf(item)} ${item['status']?.S}`, types: typesOf(item) });
  const found = new Set(all.flatMap(({ kind, types }) => Object.keys(types).map((field) => at(kind, field))));
  const known = Object.entries(shape).flatMap(([kind, { required, optional }]) =>
    Object.keys({ ...required, ...optional }).map((field) => at(kind, field)),
  );
  return known.filter((place) => !found.has(place)).sort();
}

function at(kind: string, field: string): string {
  return `${kind}: '${field}'`;
}

interface Typed {
  readonly kind: string;
  readonly types: Types;
}

function typedBody(body: string): Typed {
  const envelope = JSON.parse(body);
  const kind = envelope.v === ENVELOPE_VERSION ? 'envelope' : `envelope ${envelope.v}`;
  return { kind, types: typesOfJson(envelope) };
}

/** The item, and the errors in it. */
function typedItem(item: Item): Typed[] {
  const kind = kindOf(item);
  const errors = ['error', 'death'].flatMap((field) => {
    const error = item[field]?.M;
    return error ? [{ kind: `${kind} ${field}`, types: typesOf(error) }] : [];
  });
  return [{ kind, types: typesOf(item) }, ...errors];
}

function kindOf(item: Item): string {
  return item['sk']?.S?.split('#')[0] ?? 'an item without a sort key';
}

function compare(found: Set<string>, shape: Shape, typed: Typed): void {
  const { kind, types } = typed;
  const known = shape[kind];
  if (!known) {
    found.add(`${kind}: a kind of item that no reader knows; add it to the shape`);
    return;
  }
  missing(found, known, typed);
  const all: Types = { ...known.required, ...known.optional };
  for (const [field, type] of Object.entries(types)) {
    const was = all[field];
    if (was === undefined) found.add(`${kind}: '${field}' (${type}) is new; add it to the shape as optional`);
    else if (was !== 'any' && was !== type) {
      found.add(
        `${kind}: '${field}' is ${type} now and was ${was}: this breaks jobs in flight; write what was`,
      );
    }
  }
}

function missing(found: Set<string>, { required }: KindShape, { kind, types }: Typed): void {
  for (const [field, type] of Object.entries(required)) {
    if (types[field] !== undefined) continue;
    found.add(`${kind}: '${field}' (${type}) is gone: this breaks jobs in flight; keep writing it`);
  }
}

function typesOf(item: Readonly<Record<string, AttributeValue>>): Types {
  return Object.fromEntries(
    Object.entries(item).map(([field, value]) => [field, Object.keys(value)[0] ?? '']),
  );
}

function typesOfJson(envelope: object): Types {
  return Object.fromEntries(Object.entries(envelope).map(([field, value]) => [field, typeof value]));
}
