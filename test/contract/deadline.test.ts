import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type DeadlineInput, deadlineOf } from '../../lib/contract/deadline.ts';
import { defineJob, InvalidOptionError, type JobType } from '../../lib/contract/index.ts';

const NOW = Date.UTC(2027, 0, 31, 9);
const HOUR = 3_600_000;
const none = { ofType: undefined, now: NOW, runAt: NOW };
/** What plain JavaScript could pass. */
const ask = (own: unknown, change: Partial<typeof none> = {}) =>
  deadlineOf(own as DeadlineInput, { ...none, ...change });

describe("a job's deadline", () => {
  it.each<[string, DeadlineInput]>([
    ['a Date', new Date(NOW + HOUR)],
    ['milliseconds since the epoch', NOW + HOUR],
    ['ISO 8601 in UTC', '2027-01-31T10:00:00Z'],
    ['ISO 8601 with an offset', '2027-01-31T12:00:00.000+02:00'],
    ['a duration from the enqueue', '1h'],
    ['the same in another unit', '3600s'],
  ])('is taken as %s', (_, own) => {
    expect(deadlineOf(own, none)).toBe(NOW + HOUR);
  });

  it("goes before its type's", () => {
    expect(deadlineOf('1h', { ...none, ofType: 1 })).toBe(NOW + HOUR);
  });

  it('counts from the enqueue, whenever the job is due', () => {
    expect(deadlineOf('2h', { ...none, runAt: NOW + HOUR })).toBe(NOW + 2 * HOUR);
  });

  it.each<[string, unknown, number]>([
    ['has passed', NOW, NOW],
    ['passed long ago', '2020-01-01T00:00:00Z', NOW],
    ['is a duration of nothing', '0s', NOW],
    ['was meant as a duration and is a number', 60_000, NOW],
    ['comes before the job is due', '30m', NOW + HOUR],
    ['is when the job is due', '1h', NOW + HOUR],
  ])('is refused where it %s', (_, own, runAt) => {
    expect(() => ask(own, { runAt })).toThrow(InvalidOptionError);
    expect(() => ask(own, { runAt })).toThrow(/deadline/);
  });

  it.each([
    ...['', 'later', '-1h', '2h30m', '2027-01-31', '2027-01-31T10:00:00', '2027-13-31T10:00:00Z'],
    ...[Number.NaN, Number.POSITIVE_INFINITY, -1, 8_640_000_000_000_001, new Date('no'), null, {}, true],
  ])('is refused as %j', (own) => {
    expect(() => ask(own)).toThrow(InvalidOptionError);
  });
});

describe("a type's deadline", () => {
  const schema = z.object({});
  const define = (deadline: unknown) =>
    (defineJob as unknown as (options: unknown) => JobType)({ name: 'quote.send', schema, deadline });

  it('is a duration, none where nothing says so', () => {
    expect(define('2h').deadline).toBe(2 * HOUR);
    expect(define(1_000).deadline).toBe(1_000);
    expect(define(undefined).deadline).toBeUndefined();
  });

  it('counts from when the job is due', () => {
    expect(deadlineOf(undefined, { ofType: HOUR, now: NOW, runAt: NOW })).toBe(NOW + HOUR);
    expect(deadlineOf(undefined, { ofType: HOUR, now: NOW, runAt: NOW + 5 * HOUR })).toBe(NOW + 6 * HOUR);
  });

  it.each(['0s', '999ms', '367d', 'soon', -1, new Date(NOW), '2027-01-31T10:00:00Z'])(
    'is refused as %j',
    (deadline) => {
      expect(() => define(deadline)).toThrow(/quote\.send: deadline/);
    },
  );
});
