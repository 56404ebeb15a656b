import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineCatalog,
  defineJob,
  defineSchedule,
  type Schedule,
  type ScheduleOptions,
} from '../../../lib/contract/index.ts';
import { entry, expectRule, makeStack } from '../fixtures/stack.ts';

const schema = z.object({ title: z.string() });
const report = defineJob({ name: 'report', schema });
const slow = defineJob({ name: 'slow', schema: schema.refine(async ({ title }) => title !== 'no') });

type Options = Partial<ScheduleOptions<typeof report>> & { job?: typeof report | typeof slow };

function schedule({ job = report, ...options }: Options): Schedule {
  const usual = { name: 'daily', payload: { title: 'Yesterday' } };
  return defineSchedule(job, { ...usual, ...options } as ScheduleOptions<typeof report>);
}

function stackOf(options: Options) {
  const catalog = defineCatalog([report, slow], { schedules: [schedule(options)] });
  return makeStack({ catalog, pools: { default: { entry } } });
}

describe('a schedule that never fires', () => {
  it('fails for a day that there is not', () => {
    expectRule(
      () => stackOf({ cron: '0 0 30 2 ? *', timeZone: 'Europe/Berlin' }),
      'schedule-never-fires',
      'Got: cron(0 0 30 2 ? *) in Europe/Berlin',
      'a day that there is',
    );
  });

  it('fails between two firings, and shows the next five', () => {
    const span = { startAt: new Date('2190-03-01T08:00:00Z'), endAt: new Date('2190-03-01T20:00:00Z') };
    expectRule(
      () => stackOf({ cron: '0 7 * * ? *', timeZone: 'Europe/Berlin', ...span }),
      'schedule-never-fires',
      'from 2190-03-01T08:00:00.000Z, until 2190-03-01T20:00:00.000Z',
      [2, 3, 4, 5, 6].map((day) => `2190-03-0${day}T06:00:00.000Z`).join(', '),
      'move startAt or endAt',
    );
  });

  it('passes where it fires once', () => {
    expect(() => stackOf({ cron: '0 0 29 2 ? 2196' })).not.toThrow();
  });
});

describe('the payload of a schedule', () => {
  it('fails where the schema refuses it', () => {
    const payload = { title: 5 } as never;
    expectRule(() => stackOf({ every: '1d', payload }), 'schedule-payload', "'daily'", 'title: ');
  });

  it('fails where JSON leaves nothing of it, or something else', () => {
    expectRule(() => stackOf({ every: '1d', payload: undefined as never }), 'schedule-payload', 'no form');
    const at = defineJob({ name: 'at', schema: z.object({ at: z.date() }) });
    const payload = { at: new Date(0) };
    const catalog = defineCatalog([at], {
      schedules: [defineSchedule(at, { name: 'daily', every: '1d', payload })],
    });
    expectRule(() => makeStack({ catalog, pools: { default: { entry } } }), 'schedule-payload', 'at: ');
  });

  it('fails where it is more than a schedule carries', () => {
    const payload = { title: 'x'.repeat(262_144) };
    expectRule(() => stackOf({ every: '1d', payload }), 'schedule-payload', 'at most 262144 bytes', 'S3');
  });

  it('fails where it nests deeper than payloads may', () => {
    const levels = JSON.parse('['.repeat(500) + ']'.repeat(500));
    const payload = { title: 'x', levels } as never;
    expectRule(() => stackOf({ every: '1d', payload }), 'schedule-payload', '501', 'at most 500');
  });

  it('is left to the ticks where the schema answers asynchronously', () => {
    expect(() => stackOf({ every: '1d', job: slow, payload: { title: 'no' } })).not.toThrow();
  });
});
