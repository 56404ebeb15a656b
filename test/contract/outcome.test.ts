import { describe, expect, it } from 'vitest';
import { Fail, InvalidOptionError, outcomeOfThrown, Retry, Snooze } from '../../lib/contract/index.ts';

const NOW = 1_700_000_000_000;

describe('the outcome of what a handler throws', () => {
  it('is a failure for good for Fail', () => {
    const error = new Fail('the customer no longer exists', { cause: new Error('404') });
    expect(outcomeOfThrown(error, NOW)).toEqual({ kind: 'fail', error });
    expect(error).toMatchObject({ code: 'FAIL', retryable: false, cause: new Error('404') });
  });

  it('is a retry after the asked time for Retry, and by the policy without one', () => {
    const later = new Retry({ after: '5m', message: 'the partner asked us to slow down' });
    expect(outcomeOfThrown(later, NOW)).toEqual({ kind: 'retry', error: later, after: 300_000 });
    expect(later.message).toBe('the partner asked us to slow down');
    const plain = new Retry();
    expect(outcomeOfThrown(plain, NOW)).toEqual({ kind: 'retry', error: plain, after: undefined });
    expect(outcomeOfThrown(new Retry({ after: 0 }), NOW)).toMatchObject({ kind: 'retry', after: 0 });
  });

  it.each([
    [new Snooze({ for: '10m' }), NOW + 600_000],
    [new Snooze({ for: 0 }), NOW],
    [new Snooze({ until: NOW + 5 }), NOW + 5],
    [new Snooze({ until: new Date(NOW + 5) }), NOW + 5],
    [new Snooze({ until: NOW - 5 }), NOW - 5],
  ])('is a snooze until the asked time for Snooze (%#)', (thrown, until) => {
    expect(outcomeOfThrown(thrown, NOW)).toEqual({ kind: 'snooze', until });
  });

  it.each([
    new Error('boom'),
    new TypeError('boom'),
    new AggregateError([new Fail('inside')]),
    new Error('caused', { cause: new Fail('inside') }),
    'a string',
    undefined,
    null,
    0,
    { kind: 'fail' },
    Symbol('x'),
  ])('is a retry by the policy for anything else: %s', (error) => {
    expect(outcomeOfThrown(error, NOW)).toEqual({ kind: 'retry', error });
  });

  it('goes by the subclass of a user as by its base', () => {
    class CustomerGone extends Fail {}
    expect(outcomeOfThrown(new CustomerGone('gone'), NOW).kind).toBe('fail');
  });

  it.each<[string, () => unknown]>([
    ['a retry after a text', () => new Retry({ after: 'soon' as '5m' })],
    ['a retry before now', () => new Retry({ after: -1 })],
    ['a retry after 367 days', () => new Retry({ after: '367d' })],
    ['a snooze for 367 days', () => new Snooze({ for: '367d' })],
    ['a snooze for nothing said', () => new Snooze({} as { for: number })],
    ['a snooze for both', () => new Snooze({ for: 1, until: NOW } as unknown as { for: number })],
    ['a snooze until no date', () => new Snooze({ until: new Date('soon') })],
    ['a snooze until over a year ahead', () => new Snooze({ until: NOW + 367 * 86_400_000 }).dueAt(NOW)],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(InvalidOptionError);
  });
});
