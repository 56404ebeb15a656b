import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expression, firings, parseExpression } from '../../../lib/contract/calendar/index.ts';
import { InvalidOptionError } from '../../../lib/contract/index.ts';

/** Undefined where it is refused as an option; whatever else is thrown is a fault. */
function parsed(text: string): Expression | undefined {
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof InvalidOptionError) return undefined;
    throw error;
  }
}

/** Fields that look like those of a cron expression, right or wrong. */
const field = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('*', '?', '0', '1', '5', '12', 'L', '3W', 'MON', '6L', '3#2', '*/7'),
  },
  { weight: 1, arbitrary: fc.stringMatching(/^[0-9*?,\-/LW#A-Z]{1,6}$/) },
  { weight: 1, arbitrary: fc.integer({ min: -1, max: 2300 }).map(String) },
);
const cron = fc.tuple(field, field, field, field, field, field).map((fields) => `cron(${fields.join(' ')})`);
const rate = fc
  .tuple(
    fc.integer({ min: -1, max: 2_000_000_000 }),
    fc.constantFrom('minute', 'minutes', 'hours', 'days', 'weeks'),
  )
  .map(([value, unit]) => `rate(${value} ${unit})`);
const at = fc.date({ noInvalidDate: true }).map((date) => `at(${date.toISOString().slice(0, 19)})`);

describe('whatever is given as an expression', () => {
  it('is refused as an option, or can be followed: in order, no moment twice, none out of bounds', () => {
    const from = new Date('2027-03-27T12:00:00Z');
    const to = new Date('2029-01-01T00:00:00Z');
    let followed = 0;
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Santiago');
    fc.assert(
      fc.property(fc.oneof(cron, rate, at, fc.string()), zone, (text, timeZone) => {
        const expression = parsed(text);
        if (!expression) return;
        followed += 1;
        const found = firings(expression, { timeZone, from, to, limit: 20 }).map(Number);
        expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
        expect(found.every((each) => each >= Number(from) && each < Number(to))).toBe(true);
      }),
      { numRuns: 5_000, seed: 4 },
    );
    expect(followed).toBeGreaterThan(500);
  }, 60_000);

  it('fires at the same moments, wherever one begins to ask', () => {
    const minute = fc.integer({ min: 0, max: 2 * 24 * 60 });
    const expressions = ['cron(0/7 * * * ? *)', 'cron(30 1,2 * * ? *)', 'cron(0 3 ? * SUN *)'];
    // Two days about a change of the clocks, forward and back.
    const begins = ['2027-03-27T12:00:00Z', '2027-10-30T12:00:00Z'];
    fc.assert(
      fc.property(
        fc.constantFrom(...expressions),
        fc.constantFrom(...begins),
        minute,
        (text, begin, after) => {
          const span = {
            timeZone: 'Europe/Berlin',
            to: new Date(Date.parse(begin) + 3 * 86_400_000),
            limit: 1_000,
          };
          const all = firings(parseExpression(text), { ...span, from: new Date(begin) });
          const later = new Date(Date.parse(begin) + after * 60_000);
          const rest = firings(parseExpression(text), { ...span, from: later });
          expect(rest).toEqual(all.filter((each) => each >= later));
        },
      ),
      { numRuns: 100, seed: 4 },
    );
  }, 60_000);
});
