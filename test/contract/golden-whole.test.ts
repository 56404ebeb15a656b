import { expect, it } from 'vitest';
import { goldenBodies, goldenRecords } from './golden-fixtures.ts';
import { lacks, readShape } from './shape.ts';

// fixtures/golden/README.md says what to do when a test here fails.

const records = goldenRecords();
const items = records.flatMap((golden) => golden.items);
const messages = records.flatMap(({ message }) => (message === undefined ? [] : [message]));
const found = { items, bodies: [...goldenBodies(), ...messages] };

it('every attribute that the shape lists stands in a file of what was written', () => {
  expect(lacks(readShape(), found)).toEqual([]);
});

it.each([
  ['an attribute of an item', 'event', { optional: { who: 'S' } }, ["event: 'who'"]],
  ['an attribute of an error', 'event error', { optional: { who: 'S' } }, ["event error: 'who'"]],
  ['a field of an envelope', 'envelope', { optional: { who: 'string' } }, ["envelope: 'who'"]],
  ['a kind of item', 'step', { required: { pk: 'S' } }, ["step: 'pk'"]],
])('would tell of %s that stands in none', (_, kind, more, told) => {
  const shape = { ...readShape(), [kind]: { required: {}, ...more } };
  expect(lacks(shape, found)).toEqual(told);
});
