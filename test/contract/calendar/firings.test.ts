import { describe, expect, it } from 'vitest';
import {
  eachFiring,
  type FiringSpan,
  firings,
  parseExpression,
} from '../../../lib/contract/calendar/index.ts';

interface Asked extends Omit<Partial<FiringSpan>, 'from' | 'to' | 'startAt' | 'endAt'> {
  readonly from?: string;
  readonly to?: string;
  readonly startAt?: string;
  readonly endAt?: string;
  readonly limit?: number;
}

function fires(text: string, asked: Asked = {}): string[] {
  const { from = '2027-01-01T00:00:00Z', to, startAt, endAt, limit = 3, timeZone } = asked;
  const found = firings(parseExpression(text), {
    from: new Date(from),
    limit,
    ...(timeZone && { timeZone }),
    ...(to && { to: new Date(to) }),
    ...(startAt && { startAt: new Date(startAt) }),
    ...(endAt && { endAt: new Date(endAt) }),
  });
  return found.map((each) => each.toISOString().replace(':00.000Z', 'Z'));
}

describe('the firings of a cron expression', () => {
  it('follow the clocks of the zone', () => {
    expect(fires('cron(30 9 * * ? *)', { timeZone: 'Asia/Kolkata', limit: 2 })).toEqual([
      '2027-01-01T04:00Z',
      '2027-01-02T04:00Z',
    ]);
  });

  it('begin with the first moment asked for, and end before the last', () => {
    const span = { from: '2027-01-01T10:00:00Z', to: '2027-01-01T12:00:00Z' };
    expect(fires('cron(0 * * * ? *)', span)).toEqual(['2027-01-01T10:00Z', '2027-01-01T11:00Z']);
  });

  it('begin after a moment within a second', () => {
    expect(fires('cron(0 * * * ? *)', { from: '2027-01-01T10:00:00.001Z', limit: 1 })).toEqual([
      '2027-01-01T11:00Z',
    ]);
  });

  it('stay between StartDate and EndDate', () => {
    const bounds = { startAt: '2027-01-03T00:00:00Z', endAt: '2027-01-05T00:00:00Z', limit: 9 };
    expect(fires('cron(0 0 * * ? *)', bounds)).toEqual(['2027-01-03T00:00Z', '2027-01-04T00:00Z']);
  });

  it('know leap years, and that 2100 is none', () => {
    expect(fires('cron(0 0 29 2 ? *)', { from: '2095-01-01T00:00:00Z', limit: 2 })).toEqual([
      '2096-02-29T00:00Z',
      '2104-02-29T00:00Z',
    ]);
  });

  it.each([
    ['the last day of the month', 'cron(0 0 L * ? *)', ['01-31', '02-28', '03-31']],
    ['the last weekday of the month', 'cron(0 0 LW * ? *)', ['01-29', '02-26', '03-31']],
    ['the weekday nearest to the 15th', 'cron(0 0 15W 5-8 ? *)', ['05-14', '06-15', '07-15']],
    ['the first weekday, of the same month', 'cron(0 0 1W 5,8,10 ? *)', ['05-03', '08-02', '10-01']],
    ['the 31st’s nearest weekday, where there is one', 'cron(0 0 31W 1-5 ? *)', ['01-29', '03-31', '05-31']],
    ['Saturday, by L', 'cron(0 0 ? * L *)', ['01-02', '01-09', '01-16']],
    ['the last Friday', 'cron(0 0 ? * 6L *)', ['01-29', '02-26', '03-26']],
    ['the last Friday, by its name', 'cron(0 0 ? * FRIL *)', ['01-29', '02-26', '03-26']],
    ['the second Tuesday', 'cron(0 0 ? * 3#2 *)', ['01-12', '02-09', '03-09']],
    ['the fifth Monday, where there is one', 'cron(0 0 ? * MON#5 *)', ['03-29', '05-31', '08-30']],
    ['Sunday, as 1', 'cron(0 0 ? * 1 *)', ['01-03', '01-10', '01-17']],
    ['every second month from March', 'cron(0 0 1 3/2 ? *)', ['03-01', '05-01', '07-01']],
  ])('are on %s', (_, text, days) => {
    expect(fires(text)).toEqual(days.map((day) => `2027-${day}T00:00Z`));
  });

  it('do not pass over the 1st of March on the way to a 30th', () => {
    const from = { from: '2027-02-02T00:00:00Z' };
    expect(fires('cron(0 0 1,30 * ? *)', from)).toEqual([
      '2027-03-01T00:00Z',
      '2027-03-30T00:00Z',
      '2027-04-01T00:00Z',
    ]);
    expect(fires('cron(0 0 2,31 2-3 ? *)', { from: '2027-02-03T00:00:00Z', limit: 1 })).toEqual([
      '2027-03-02T00:00Z',
    ]);
  });

  it.each([
    'cron(0 0 31 2 ? *)',
    'cron(0 0 30 2 ? *)',
    'cron(* * 31 2,4,6,9,11 ? *)',
    'cron(0 0 30W FEB ? *)',
    'cron(0 0 29 2 ? 2101-2103)',
    'cron(0 0 1 1 ? 1999)',
  ])('are none where there is no such day, and the search ends: %s', (text) => {
    expect(fires(text)).toEqual([]);
  });

  it('end with the year 2199', () => {
    expect(fires('cron(0 0 1 1 ? *)', { from: '2198-06-01T00:00:00Z' })).toEqual(['2199-01-01T00:00Z']);
  });
});

describe('a time that daylight saving skips', () => {
  it('does not fire, in the words of the user guide: 2:30 in Los Angeles, daily', () => {
    const asked = { timeZone: 'America/Los_Angeles', from: '2027-03-13T00:00:00Z' };
    expect(fires('cron(30 2 * * ? *)', asked)).toEqual([
      '2027-03-13T10:30Z',
      '2027-03-15T09:30Z',
      '2027-03-16T09:30Z',
    ]);
  });

  it.each([
    ['Europe/Berlin', 'cron(30 2 28 3 ? 2027)'],
    ['Australia/Lord_Howe', 'cron(10 2 3 10 ? 2027)'],
    ['America/New_York', 'cron(* 2 ? 3 1#2 *)'],
    ['Pacific/Apia', 'cron(* * 30 12 ? 2011)'],
  ])('does not fire in %s: %s', (timeZone, text) => {
    expect(fires(text, { timeZone, from: '2010-01-01T00:00:00Z' })).toEqual([]);
  });

  it('takes nothing from the minutes before and after', () => {
    const asked = { timeZone: 'Europe/Berlin', from: '2027-03-28T00:50:00Z', limit: 4 };
    expect(fires('cron(0/5 * * * ? *)', asked)).toEqual([
      '2027-03-28T00:50Z',
      '2027-03-28T00:55Z',
      '2027-03-28T01:00Z',
      '2027-03-28T01:05Z',
    ]);
  });

  it('holds for a single time too', () => {
    const berlin = { timeZone: 'Europe/Berlin' };
    expect(fires('at(2027-03-28T02:30:00)', berlin)).toEqual([]);
    expect(fires('at(2027-03-28T03:00:00)', berlin)).toEqual(['2027-03-28T01:00Z']);
  });
});

describe('a time that daylight saving repeats', () => {
  it('fires once, before the change: 1:30 in Los Angeles, daily', () => {
    const asked = { timeZone: 'America/Los_Angeles', from: '2027-11-06T00:00:00Z' };
    expect(fires('cron(30 1 * * ? *)', asked)).toEqual([
      '2027-11-06T08:30Z',
      '2027-11-07T08:30Z',
      '2027-11-08T09:30Z',
    ]);
  });

  it('does not fire again for one who asks from within the repeated hour', () => {
    const asked = { timeZone: 'Europe/Berlin', from: '2027-10-31T01:10:00Z', limit: 2 };
    expect(fires('cron(0/30 * * * ? *)', asked)).toEqual(['2027-10-31T02:00Z', '2027-10-31T02:30Z']);
  });

  it('fires once where the change is of half an hour', () => {
    const asked = { timeZone: 'Australia/Lord_Howe', from: '2027-04-03T00:00:00Z', limit: 2 };
    expect(fires('cron(45 1 4,5 4 ? 2027)', asked)).toEqual(['2027-04-03T14:45Z', '2027-04-04T15:15Z']);
  });
});

describe('the firings of a rate', () => {
  it('are counted from StartDate, whatever the clocks do', () => {
    const asked = {
      timeZone: 'Europe/Berlin',
      startAt: '2027-03-27T12:00:00Z',
      from: '2027-03-28T00:00:00Z',
      limit: 2,
    };
    expect(fires('rate(1 days)', asked)).toEqual(['2027-03-28T12:00Z', '2027-03-29T12:00Z']);
  });

  it('begin at once without a StartDate', () => {
    expect(fires('rate(5 minutes)', { limit: 2 })).toEqual(['2027-01-01T00:00Z', '2027-01-01T00:05Z']);
  });

  it('begin with a StartDate that lies ahead, and end with EndDate', () => {
    const bounds = { startAt: '2027-06-01T00:00:00Z', endAt: '2027-06-01T02:00:00Z' };
    expect(fires('rate(1 hour)', bounds)).toEqual(['2027-06-01T00:00Z', '2027-06-01T01:00Z']);
  });

  it('end with the last moment that a Date can hold', () => {
    const last = new Date(8.64e15 - 90_000);
    const found = firings(parseExpression('rate(1 minute)'), { from: last, limit: 9 });
    expect(found.map(Number)).toEqual([8.64e15 - 90_000, 8.64e15 - 30_000]);
  });
});

describe('the firing of a single time', () => {
  it('is by the clocks of its zone, and not bound by StartDate and EndDate', () => {
    const bounds = { startAt: '2028-01-01T00:00:00Z', endAt: '2026-01-01T00:00:00Z' };
    expect(fires('at(2027-07-01T09:00:00)', { timeZone: 'Asia/Tokyo', ...bounds })).toEqual([
      '2027-07-01T00:00Z',
    ]);
  });

  it('is none when it has passed', () => {
    expect(fires('at(2026-12-31T23:59:59)')).toEqual([]);
  });
});

describe('asking for firings', () => {
  const daily = parseExpression('cron(0 0 * * ? *)');
  const from = new Date('2027-01-01T00:00:00Z');

  it('one at a time looks no further than is asked', () => {
    const seen: string[] = [];
    for (const each of eachFiring(daily, { from })) {
      seen.push(each.toISOString().slice(0, 10));
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(['2027-01-01', '2027-01-02']);
  });

  it.each([0, -1, 1.5, 100_001, Number.NaN])('takes no limit of %d', (limit) => {
    expect(() => firings(daily, { from, limit })).toThrow(/The option 'limit' is not valid/);
  });

  it('takes no invalid date', () => {
    const never = new Date(Number.NaN);
    expect(() => firings(daily, { from: never, limit: 1 })).toThrow(/The option 'from' is not valid/);
    expect(() => firings(daily, { from, to: never, limit: 1 })).toThrow(/The option 'to' is not valid/);
  });
});
