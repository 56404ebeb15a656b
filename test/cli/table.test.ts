import { describe, expect, it } from 'vitest';
import { table } from '../../lib/cli/table.ts';

const ROWS = [
  { name: 'default/normal', count: 7, note: 'a\nb' },
  { name: 'rough', count: 1_200, note: undefined },
];
const COLUMNS = [
  { head: 'QUEUE', cell: ({ name }: (typeof ROWS)[number]) => name },
  { head: 'COUNT', cell: ({ count }: (typeof ROWS)[number]) => count, right: true },
  { head: 'NOTE', cell: ({ note }: (typeof ROWS)[number]) => note },
];

describe('a table', () => {
  it('aligns texts to the left, numbers to the right, and keeps each row to a line', () => {
    expect(table(ROWS, COLUMNS)).toEqual([
      'QUEUE           COUNT  NOTE',
      'default/normal      7  a b',
      'rough            1200  –',
    ]);
  });

  it('cuts what does not fit the terminal', () => {
    expect(table(ROWS, COLUMNS, 20)).toEqual([
      'QUEUE           COU…',
      'default/normal     …',
      'rough            12…',
    ]);
  });

  it('without rows is its heads', () => {
    expect(table([], COLUMNS)).toEqual(['QUEUE  COUNT  NOTE']);
  });
});
