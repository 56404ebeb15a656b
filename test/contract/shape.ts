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

/** What would break a reader of this shape if it read these, each said once. Empty: nothing. */
export function breaks(
  shape: Shape,
  { items, bodies }: { items: readonly Item[]; bodies: readonly string[] },
): string[] {
  const found = new Set<string>();
  for (const body of bodies) {
    const envelope = JSON.parse(body);
    const kind = envelope.v === ENVELOPE_VERSION ? 'envelope' : `envelope ${envelope.v}`;
    compare(found, shape, { kind, types: typesOfJson(envelope) });
  }
  for (const item of items) {
    const kind = item['sk']?.S?.split('#')[0] ?? 'an item without a sort key';
    compare(found, shape, { kind, types: typesOf(item) });
    const inState = shape[`${kind} ${item['status']?.S}`];
    if (inState) missing(found, inState, { kind: `${kind} ${item['status']?.S}`, types: typesOf(item) });
    for (const field of ['error', 'death']) {
      const error = item[field]?.M;
      if (error) compare(found, shape, { kind: `${kind} ${field}`, types: typesOf(error) });
    }
  }
  return [...found].sort();
}

interface Typed {
  readonly kind: string;
  readonly types: Types;
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
