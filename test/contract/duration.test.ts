import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DurationInput, InvalidOptionError, milliseconds } from '../../lib/contract/index.ts';

describe('milliseconds', () => {
  it.each<[DurationInput, number]>([
    [0, 0],
    [1.4, 1],
    [90_000, 90_000],
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
  ])('reads %o as %d ms', (input, expected) => {
    expect(milliseconds(input, 'delay')).toBe(expected);
  });

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '5',
    's',
    '-5s',
    '+5s',
    '5 s',
    ' 5s',
    '5s ',
    '5S',
    '5w',
    '1e3s',
    '.5s',
    '5.s',
    `${'9'.repeat(400)}d`,
    null,
    undefined,
    {},
    [5],
    true,
    5n,
  ])('refuses %o', (input) => {
    const call = () => milliseconds(input as DurationInput, 'delay');
    expect(call).toThrow(InvalidOptionError);
    expect(call).toThrow("The option 'delay' is not valid");
  });

  it('reads any whole number of any unit', () => {
    const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])), (n, unit) => {
        expect(milliseconds(`${n}${unit}`, 'delay')).toBe(n * units[unit]);
      }),
    );
  });

  it('throws nothing else, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string()), (input) => {
        try {
          expect(milliseconds(input as DurationInput, 'delay')).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidOptionError);
        }
      }),
    );
  });
});
