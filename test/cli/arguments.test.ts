import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { count, duration, moment, positive, queueSelection } from '../../lib/cli/arguments.ts';

describe('arguments', () => {
  it('read a time, and an age', () => {
    expect(moment('2027-03-01T12:00:00Z')).toEqual(new Date(Date.UTC(2027, 2, 1, 12)));
    expect(Math.abs(moment('2h').getTime() - (Date.now() - 7_200_000))).toBeLessThan(5_000);
  });

  it('read durations, numbers and queues', () => {
    expect(duration('90s')).toBe(90_000);
    expect(positive('0.5')).toBe(0.5);
    expect(count('12')).toBe(12);
    expect(queueSelection('default')).toEqual({ pool: 'default' });
    expect(queueSelection('heavy/low')).toEqual({ pool: 'heavy', priority: 'low' });
  });

  it.each<[string, () => unknown]>([
    ['a time that is none', () => moment('yesterday')],
    ['a duration that is none', () => duration('soon')],
    ['a rate of nothing', () => positive('0')],
    ['a count that is not whole', () => count('1.5')],
    ['a priority that is none', () => queueSelection('default/urgent')],
    ['more than a pool and a priority', () => queueSelection('default/low/now')],
    ['no pool', () => queueSelection('/low')],
  ])('refuse %s', (_what, read) => expect(read).toThrow(InvalidArgumentError));
});
