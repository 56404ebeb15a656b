import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  CatalogError,
  defineCatalog,
  defineJob,
  defineSchedule,
  InvalidOptionError,
  type ScheduleOptions,
} from '../../lib/contract/index.ts';

const report = defineJob({ name: 'report', schema: z.object({ title: z.string() }), priority: 'low' });
const payload = { title: 'Yesterday' };

/** A declaration as a caller without a compiler might write it. */
function schedule(options: object) {
  return defineSchedule(report, { name: 'daily', payload, ...options } as ScheduleOptions<typeof report>);
}

describe('a schedule', () => {
  it('has defaults for all but its name, its expression and its payload', () => {
    expect(defineSchedule(report, { name: 'daily', cron: '0 7 * * ? *', payload })).toEqual({
      name: 'daily',
      job: report,
      expression: 'cron(0 7 * * ? *)',
      timeZone: 'UTC',
      payload,
      tenant: undefined,
      priority: 'low',
      overlap: 'allow',
      window: 0,
      startAt: undefined,
      endAt: undefined,
      maxAge: 86_400_000,
      description: undefined,
    });
  });

  it('keeps what it is given, durations and times in milliseconds', () => {
    const startAt = new Date('2027-01-01T00:00:00Z');
    const given = { tenant: 'acme', priority: 'high', overlap: 'queue', description: 'For the morning' };
    const times = {
      window: '30m',
      maxAge: '2h',
      startAt: '2027-01-01T01:00:00+01:00',
      endAt: startAt.getTime() + 1,
    };
    expect(
      schedule({ ...given, ...times, cron: '0 7 ? * MON-FRI *', timeZone: 'Europe/Berlin' }),
    ).toMatchObject({
      ...given,
      timeZone: 'Europe/Berlin',
      window: 1_800_000,
      maxAge: 7_200_000,
      startAt: 1_798_761_600_000,
      endAt: 1_798_761_600_001,
    });
  });

  it.each([
    ['1m', 'rate(1 minute)'],
    ['90m', 'rate(90 minutes)'],
    ['60m', 'rate(1 hour)'],
    ['36h', 'rate(36 hours)'],
    [86_400_000, 'rate(1 day)'],
    ['366d', 'rate(366 days)'],
  ])('writes every %s as %s', (every, expression) => {
    expect(schedule({ every }).expression).toBe(expression);
  });

  it.each([
    [{ name: '' }, '1 to 64 characters'],
    [{ name: 'a'.repeat(65) }, '1 to 64 characters'],
    [{ name: 'daily report' }, 'letters, digits'],
    [{ name: 'constructor' }, "JavaScript's own objects"],
    [{ cron: '0 7 * * *' }, 'six fields'],
    [{ cron: '0 7 * * * *' }, "'?' in exactly one"],
    [{ cron: '0 25 * * ? *' }, 'hours'],
    [{ cron: '0 7 * * ? *', timeZone: 'Berlin' }, 'IANA time zone'],
    [{ cron: '0 7 * * ? *', every: '1h' }, 'one of the two'],
    [{ cron: undefined }, 'one of the two'],
    [{ cron: undefined, every: '30s' }, 'whole minutes from 1m to 366d'],
    [{ cron: undefined, every: '90s' }, 'whole minutes'],
    [{ cron: undefined, every: '367d' }, 'whole minutes'],
    [{ cron: undefined, every: '1h', timeZone: 'UTC' }, 'none beside `every`'],
    [{ tenant: 'a b' }, 'no space'],
    [{ priority: 'urgent' }, 'one of critical'],
    [{ overlap: 'wait' }, 'one of allow, skip, queue'],
    [{ window: '0m' }, 'whole minutes from 1m to 1d'],
    [{ window: '25h' }, 'whole minutes from 1m to 1d'],
    [{ maxAge: '59s' }, '1m to 14d'],
    [{ maxAge: '15d' }, '1m to 14d'],
    [{ startAt: '2027-01-01' }, 'a Date, milliseconds'],
    [{ endAt: new Date(Number.NaN) }, 'a Date, milliseconds'],
    [{ startAt: 1, endAt: 1 }, 'a time after startAt'],
    [{ description: 'a'.repeat(513) }, 'at most 512 characters'],
  ])('refuses %j', (options, expected) => {
    const declare = () => schedule({ cron: '0 7 * * ? *', ...options });
    expect(declare).toThrow(InvalidOptionError);
    expect(declare).toThrow(expected);
  });

  it('names itself in the error', () => {
    expect(() => schedule({ every: '1s' })).toThrow("The option 'daily: every' is not valid");
  });

  it('is declared by objects', () => {
    expect(() => defineSchedule('report' as never, {} as never)).toThrow("'job'");
    expect(() => defineSchedule(report, undefined as never)).toThrow("'options'");
  });
});

describe('the schedules of a catalog', () => {
  const daily = schedule({ every: '1d' });

  it('are those that it was given, and none by default', () => {
    expect(defineCatalog([report], { schedules: [daily] }).schedules).toEqual([daily]);
    expect(defineCatalog([report]).schedules).toEqual([]);
  });

  it('have names of their own', () => {
    const declare = () => defineCatalog([report], { schedules: [daily, schedule({ every: '2d' })] });
    expect(declare).toThrow(CatalogError);
    expect(declare).toThrow("Two schedules of the catalog have the name 'daily'");
  });

  it('make jobs of its types', () => {
    const other = defineJob({ name: 'other', schema: z.string() });
    const sameName = defineJob({ name: 'report', schema: z.object({ title: z.string() }) });
    expect(() => defineCatalog([other], { schedules: [daily] })).toThrow(
      "Got: 'report'. Expected: one of 'other'",
    );
    expect(() => defineCatalog([sameName], { schedules: [daily] })).toThrow(
      "another declaration of 'report'",
    );
  });
});
