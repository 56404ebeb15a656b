import { describe, expect, it } from 'vitest';
import { span } from '../../lib/operate/span.ts';

describe('a span of time', () => {
  it.each([
    [-5, '0 ms'],
    [250, '250 ms'],
    [1_500, '1.5 s'],
    [42_000, '42 s'],
    [90_000, '90 s'],
    [180_000, '3 min'],
    [5_400_000, '90 min'],
    [7_200_000, '2 h'],
    [5 * 86_400_000, '5 d'],
  ])('%i ms reads as %s', (ms, text) => expect(span(ms)).toBe(text));
});
