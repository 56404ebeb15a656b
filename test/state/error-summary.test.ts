import { describe, expect, it } from 'vitest';
import { summarise } from '../../lib/state/index.ts';

const fingerprint = (message: string, type = 'mail.send', ErrorClass: new (m: string) => Error = Error) =>
  summarise(type, new ErrorClass(message)).fingerprint;

describe('the summary of an error', () => {
  it.each([
    ['ids', 'no user 01ARZ3NDEKTSV4RRFFQ69G5FAV', 'no user 01BX5ZZKBKACTAV9WEVGEMMVRZ'],
    ['UUIDs', 'no 7d444840-9dc0-11d1-b245-5ffdce74fad2', 'no 1b4e28ba-2fa1-11d2-883f-0016d3cca427'],
    ['numbers', 'status 502 after 31 ms', 'status 503 after 7 ms'],
    ['quoted texts', "no such table 'a'", "no such table 'bcd'"],
    ['hashes', 'commit deadbeefcafe01', 'commit 0123456789abcdef'],
  ])('has one fingerprint for errors that differ in %s only', (_, one, other) => {
    expect(fingerprint(one)).toBe(fingerprint(other));
  });

  it('tells kinds, classes and job types apart', () => {
    const all = [
      fingerprint('timed out'),
      fingerprint('refused'),
      fingerprint('timed out', 'report.build'),
      fingerprint('timed out', 'mail.send', TypeError),
    ];
    expect(new Set(all).size).toBe(4);
  });

  it('keeps 300 characters of the message, well-formed', () => {
    const { message } = summarise('a', new Error(`.${'😀'.repeat(400)}`));
    expect(message).toHaveLength(300);
    expect(message.isWellFormed()).toBe(true);
    expect(message.endsWith('…')).toBe(true);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'undefined'],
    ['an object without a prototype', Object.create(null), '[object Object]'],
    ['a symbol', Symbol('why'), 'Symbol(why)'],
    [
      'an object whose text throws',
      {
        toString() {
          throw new Error('no');
        },
      },
      '[object Object]',
    ],
  ])('is made of whatever was thrown: %s', (_, thrown, message) => {
    expect(summarise('a', thrown)).toMatchObject({ name: 'NonError', message });
  });
});
