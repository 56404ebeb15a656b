import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { count, duration, moment, positive, queueSelection } from '../../lib/cli/arguments.ts';

describe('arguments', () => {
  it('read a time, and an age', () => {
    expect(moment('2027-03-01T12:00:00Z')).toEqual(new Date(Date.UTC(2027, 2, 1, 12)));
    expect(moment('2027-03-01T12:00+02:00')).toEqual(new Date(Date.UTC(2027, 2, 1, 10)));
    expect(Math.abs(moment('2h').getTime() - (Date.now() - 7_200_000))).toBeLessThan(5_000);
    // Older than anything.
    expect(moment('99999d')).toEqual(new Date(0));
  });

  it('read a date as its midnight in UTC', () => {
    expect(moment('2027-03-01')).toEqual(new Date(Date.UTC(2027, 2, 1)));
  });

  it.each([
    ...[
      '2',
      '7',
      '50',
      'last 3',
      '2026',
      '2026-11',
      '20261130',
      '30/11/2026',
      'Nov 30 2026',
      'yesterday',
      '',
    ],
    ...['2026-11-30T12:00', '2026-11-30 12:00Z', '2026-02-30', '2026-02-30T12:00Z', '2 h', '-2h', '2H', '2w'],
    '1969-12-31',
  ])('take %j for no time: it may mean another one than was meant', (text) => {
    expect(() => moment(text)).toThrow(/'2h'.*'2027-03-01'.*'2027-03-01T12:00:00Z'/);
    expect(() => moment(text)).toThrow(InvalidArgumentError);
  });

  it('read durations, numbers and queues', () => {
    expect(duration('90s')).toBe(90_000);
    expect(positive('0.5')).toBe(0.5);
    expect(count('12')).toBe(12);
    expect(queueSelection('default')).toEqual({ pool: 'default' });
    expect(queueSelection('heavy/low')).toEqual({ pool: 'heavy', priority: 'low' });
  });

  it.each<[string, () => unknown]>([
    ['a duration that is none', () => duration('soon')],
    ['a rate of nothing', () => positive('0')],
    ['a count that is not whole', () => count('1.5')],
    ['a priority that is none', () => queueSelection('default/urgent')],
    ['more than a pool and a priority', () => queueSelection('default/low/now')],
    ['no pool', () => queueSelection('/low')],
  ])('refuse %s', (_what, read) => expect(read).toThrow(InvalidArgumentError));
});
