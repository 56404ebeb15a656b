import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../../lib/contract/calendar/index.ts';
import { InvalidOptionError } from '../../../lib/contract/index.ts';

const refused = (text: string): string => {
  try {
    parseExpression(text);
  } catch (error) {
    if (error instanceof InvalidOptionError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('a cron expression', () => {
  it.each([
    'cron(0 10 * * ? *)',
    'cron(15 12 * * ? *)',
    'cron(0 18 ? * MON-FRI *)',
    'cron(0 8 1 * ? *)',
    'cron(0/15 * * * ? *)',
    'cron(0/10 * ? * MON-FRI *)',
    'cron(0/5 8-17 ? * MON-FRI *)',
    'cron(15 10 ? * 6L 2022-2023)',
    'cron(0 9 ? * 2#1 *)',
    'cron(0 0 L * ? *)',
    'cron(0 0 3W JAN,FEB,MAR ? *)',
    'cron(1/10 0-23/2 1-15,20 */3 ? 2026/2)',
    'cron( 0  10  *  *  ?  * )',
  ])('is taken as AWS shows it: %s', (text) => {
    expect(parseExpression(text)).toMatchObject({ kind: 'cron', text });
  });

  it.each([
    ['cron(0 10 * * *)', /with 5 fields.*Fix: append the year, '\*' for every year/],
    ['cron(0 0 10 * * ? *)', /with 7 fields/],
    ['cron()', /1 fields/],
    ['cron(0 10 * * * *)', /'\?' in exactly one of day-of-month and day-of-week/],
    ['cron(0 10 ? * ? *)', /'\?' in exactly one/],
    ['cron(0 10 1 * MON *)', /'\?' in exactly one/],
    ['cron(60 10 * * ? *)', /minutes '60'.*minutes of 0-59/],
    ['cron(0 24 * * ? *)', /hours of 0-23/],
    ['cron(0 0 0 * ? *)', /day-of-month of 1-31/],
    ['cron(0 0 32 * ? *)', /day-of-month of 1-31/],
    ['cron(0 0 1 0 ? *)', /month of 1-12 or JAN-DEC/],
    ['cron(0 0 1 13 ? *)', /month of 1-12/],
    ['cron(0 0 1 jan ? *)', /month of 1-12 or JAN-DEC/],
    ['cron(0 0 ? * 0 *)', /day-of-week of 1-7 or SUN-SAT/],
    ['cron(0 0 ? * 8 *)', /day-of-week of 1-7/],
    ['cron(0 0 ? * FRI-MON *)', /ranges from low to high/],
    ['cron(0 0 ? * MON/2 *)', /day-of-week .* with the wildcards , - \* \? L #/],
    ['cron(0 0 ? * 3#6 *)', /day-of-week/],
    ['cron(0 0 ? * 3#1,6#3 *)', /alone, not in a list/],
    ['cron(0 0 ? * XYZL *)', /day-of-week/],
    ['cron(0 0 L-3 * ? *)', /day-of-month/],
    ['cron(0 0 1,L * ? *)', /alone, not in a list/],
    ['cron(0 0 0W * ? *)', /day-of-month/],
    ['cron(0 0 1-5W * ? *)', /day-of-month/],
    ['cron(0 0 1 * ? 1969)', /year of 1970-2199/],
    ['cron(0 0 1 * ? 2200)', /year of 1970-2199/],
    ['cron(10-5 0 1 * ? *)', /ranges from low to high/],
    ['cron(*/0 0 1 * ? *)', /minutes/],
    ['cron(*/61 0 1 * ? *)', /minutes/],
    ['cron(/5 0 1 * ? *)', /minutes/],
    ['cron(1,,2 0 1 * ? *)', /minutes/],
    ['cron(-1 0 1 * ? *)', /minutes/],
    ['cron(? 0 1 * ? *)', /minutes/],
    ['cron(1.5 0 1 * ? *)', /minutes/],
    ['cron(H 0 1 * ? *)', /minutes/],
  ])('that AWS would refuse is refused, and said why: %s', (text, message) => {
    expect(refused(text)).toMatch(message);
  });
});

describe('a rate', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(36 hours)', 129_600_000],
    // The user guide's own example.
    ['rate(1 days)', 86_400_000],
  ])('%s is a period of %i ms', (text, period) => {
    expect(parseExpression(text)).toEqual({ kind: 'rate', text, period });
  });

  it.each([
    ['rate(0 minutes)', /1 or more/],
    ['rate(-5 minutes)', /1 or more/],
    ['rate(1.5 hours)', /whole number/],
    ['rate(5 minute)', /Fix: write rate\(5 minutes\)/],
    ['rate(5 seconds)', /less than a minute/],
    ['rate(5 weeks)', /minutes, hours or days/],
    ['rate(5  minutes)', /a space/],
    ['rate(5minutes)', /a space/],
    ['rate()', /rate\(value unit\)/],
  ])('that AWS would refuse is refused, and said why: %s', (text, message) => {
    expect(refused(text)).toMatch(message);
  });
});

describe('a time', () => {
  it('is what the clocks of its zone show', () => {
    const text = 'at(2027-03-01T09:30:00)';
    expect(parseExpression(text)).toEqual({ kind: 'at', text, wall: Date.UTC(2027, 2, 1, 9, 30) });
  });

  it.each([
    'at(2027-02-29T00:00:00)',
    'at(2027-13-01T00:00:00)',
    'at(2027-01-01T24:00:00)',
    'at(2027-01-01T00:60:00)',
    'at(2027-01-01T00:00:00Z)',
    'at(2027-01-01T00:00:00.000)',
    'at(2027-01-01 00:00:00)',
    'at(2027-01-01)',
    'at(1700000000)',
  ])('that does not exist, or has a zone or a fraction, is refused: %s', (text) => {
    expect(refused(text)).toMatch(/a time of day that exists, without fractions or a zone/);
  });
});

describe('an expression', () => {
  it.each(['', 'every day', '0 10 * * ? *', 'cron(0 10 * * ? *', 'Cron(0 10 * * ? *)', ' rate(5 minutes)'])(
    'has one of three forms: %s has none',
    (text) => {
      expect(refused(text)).toMatch(/'cron\(.*'rate\(.*'at\(/);
    },
  );

  it('is refused when it is no text, or longer than AWS takes', () => {
    expect(refused(5 as unknown as string)).toMatch(/Got: 5/);
    expect(refused(`cron(${'1,'.repeat(200)}1 0 1 * ? *)`)).toMatch(/at most 256 characters/);
  });

  it('is named in errors as its owner names it', () => {
    expect(() => parseExpression('rate(0 days)', 'cron')).toThrow(/The option 'cron' is not valid/);
  });
});
