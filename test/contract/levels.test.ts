import { expect, it } from 'vitest';
import { levelsOf } from '../../lib/contract/index.ts';

it.each<[unknown, number]>([
  [1, 0],
  ['[[{', 0],
  [{}, 1],
  [[[], [[]], {}], 3],
  [{ 'a"[\\': ['}', '\\"[[', { b: 1 }] }, 3],
  [[[1], [2]], 2],
])('counts the levels of %j: %i', (value, levels) => {
  expect(levelsOf(JSON.stringify(value))).toBe(levels);
});

it('counts whatever JSON.parse follows', () => {
  expect(levelsOf('['.repeat(170_000) + ']'.repeat(170_000))).toBe(170_000);
});
