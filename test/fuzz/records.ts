import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { STATUSES } from '../../lib/contract/index.ts';
import { type Item, type JobRecord, stateItem } from '../../lib/state/index.ts';
import { hostileNumber, hostileText } from './hostile.ts';

/** Attributes of a state item, and some that it does not have. */
const ATTRIBUTES = [
  ...[
    'type',
    'version',
    'pool',
    'priority',
    'tenant',
    'key',
    'correlationId',
    'tags',
    'status',
    'gen',
    'dispatch',
  ],
  ...[
    'runAt',
    'attempts',
    'unsettled',
    'hops',
    'token',
    'leaseUntil',
    'holder',
    'out',
    'outAt',
    'cancelRequested',
  ],
  ...[
    'deadline',
    'enqueuedAt',
    'startedAt',
    'endedAt',
    'expiresAt',
    'payloadHash',
    'payload',
    'parts',
    'result',
  ],
  ...['error', 'deadShard', 'deadAt', 'note', 'lineage', '__proto__', 'constructor'],
];
/** The keys of the index of dead jobs: DynamoDB refuses an item that has them in another type, or empty. */
const KEYED = new Set(['deadShard', 'deadAt']);

/** DynamoDB takes well-formed text only, and numbers of 38 digits up to 10^126. */
const text = hostileText.map((value) => value.toWellFormed());
const number = hostileNumber.filter(
  (value) => Math.abs(value) < 1e125 && (value === 0 || Math.abs(value) > 1e-125),
);

const leaf: fc.Arbitrary<AttributeValue> = fc.oneof(
  { arbitrary: text.map((S): AttributeValue => ({ S })), weight: 4 },
  {
    arbitrary: number.map((value): AttributeValue => ({ N: String(Object.is(value, -0) ? 0 : value) })),
    weight: 4,
  },
  { arbitrary: fc.constantFrom(...STATUSES).map((S): AttributeValue => ({ S })), weight: 2 },
  { arbitrary: fc.boolean().map((BOOL): AttributeValue => ({ BOOL })), weight: 1 },
  { arbitrary: fc.constant<AttributeValue>({ NULL: true }), weight: 1 },
  { arbitrary: fc.uint8Array({ minLength: 1, maxLength: 4 }).map((B): AttributeValue => ({ B })), weight: 1 },
  { arbitrary: fc.constantFrom<AttributeValue>({ SS: ['a', 'b'] }, { NS: ['1', '2'] }), weight: 1 },
);
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  { arbitrary: leaf, weight: 6 },
  { arbitrary: fc.array(leaf, { maxLength: 3 }).map((L): AttributeValue => ({ L })), weight: 1 },
  {
    arbitrary: fc
      .dictionary(fc.constantFrom('name', 'message', 'fingerprint', 'plan'), leaf)
      .map((M): AttributeValue => ({ M })),
    weight: 1,
  },
);

/** One attribute of an item: set to something, or, without a value, taken away. */
export interface Change {
  readonly name: string;
  readonly value: AttributeValue | undefined;
}

/** What a person or a foreign program may do to an item: one to three attributes gone, or of another type or range. */
export const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({ name: fc.constantFrom(...ATTRIBUTES), value: fc.option(value, { nil: undefined, freq: 4 }) }),
  { minLength: 1, maxLength: 3 },
);

/** A record's item after these changes, as DynamoDB would keep it. */
export function changedItem(record: JobRecord, list: readonly Change[]): Item {
  const item = new Map(Object.entries(stateItem(record)));
  for (const { name, value: to } of list) {
    if (to === undefined) item.delete(name);
    else if (!KEYED.has(name) || fitsKey(name, to)) item.set(name, to);
  }
  return Object.fromEntries(item) as Item;
}

function fitsKey(name: string, { S, N }: AttributeValue): boolean {
  return name === 'deadAt' ? N !== undefined : S !== undefined && S.length > 0 && S.length < 300;
}
