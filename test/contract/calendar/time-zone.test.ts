import { describe, expect, it } from 'vitest';
import { checkTimeZone } from '../../../lib/contract/calendar/index.ts';

describe('a time zone', () => {
  it.each([
    'UTC',
    'Europe/Berlin',
    'America/Argentina/Buenos_Aires',
    'US/Pacific',
    'Asia/Calcutta',
    'Etc/GMT-1',
  ])('is taken by its name in the IANA database: %s', (zone) => {
    expect(checkTimeZone(zone)).toBe(zone);
  });

  it.each(['', 'Mars/Olympus', 'Europe/Berlin ', '+01:00', 'utc', 'europe/berlin', 'x'.repeat(51), 5])(
    'that is none is refused: %s',
    (zone) => {
      expect(() => checkTimeZone(zone as string)).toThrow(/name of an IANA time zone.*'Europe\/Berlin'/);
    },
  );

  it('is named in errors as its owner names it', () => {
    expect(() => checkTimeZone('x', 'zone')).toThrow(/The option 'zone' is not valid/);
  });
});
