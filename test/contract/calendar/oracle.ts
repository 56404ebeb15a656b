import type { DayRule, RandomCron } from './random-cron.ts';

// The calendar by force: every day of the span is looked at, and every moment of a day's surroundings is asked what the
// zone's clocks show. It shares no code and no method with lib.

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Every zone's clocks have differed from UTC by whole quarters of an hour since 1972; from -12 to +14 hours. */
const QUARTER = 15 * MINUTE;
const WEST = -12 * 60 * MINUTE;
const EAST = 14 * 60 * MINUTE;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the zone's clocks show, to the second, as text such as '2027-03-01 09:30:00'. */
function clocksAt(zone: string, instant: number): string {
  let format = formats.get(zone);
  if (!format) {
    // Sweden writes dates as ISO 8601 does.
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(zone, format);
  }
  return format.format(instant);
}

/** How far the zone's clocks are ahead of UTC, in milliseconds. */
export function offsetAt(zone: string, instant: number): number {
  const second = Math.floor(instant / 1000) * 1000;
  return Date.parse(`${clocksAt(zone, second).replace(' ', 'T')}Z`) - second;
}

/** The first firings at or after `from` and before `to`, in milliseconds since the epoch. */
export function firingsByForce(
  cron: RandomCron,
  { zone, from, to, limit }: { zone: string; from: number; to: number; limit: number },
): number[] {
  const found: number[] = [];
  for (let day = Math.floor(from / DAY) * DAY - DAY; day < to + DAY; day += DAY) {
    if (!fires(cron, new Date(day))) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const instant = firstMoment(zone, day + (hour * 60 + minute) * MINUTE);
        if (instant === undefined || instant < from || instant >= to) continue;
        found.push(instant);
        if (found.length === limit) return found;
      }
    }
  }
  return found;
}

/** The first moment at which the zone's clocks show the time that UTC's show at `wall`. */
function firstMoment(zone: string, wall: number): number | undefined {
  const shown = new Date(wall).toISOString().slice(0, 19).replace('T', ' ');
  const offset = offsetAt(zone, wall - EAST);
  // Most days: no change of the clocks anywhere near.
  if (offset === offsetAt(zone, wall - WEST)) return wall - offset;
  for (let instant = wall - EAST; instant <= wall - WEST; instant += QUARTER) {
    if (clocksAt(zone, instant) === shown) return instant;
  }
  return undefined;
}

function fires({ months, years, day }: RandomCron, date: Date): boolean {
  return years.includes(date.getUTCFullYear()) && months.includes(date.getUTCMonth() + 1) && isDay(day, date);
}

function isDay(rule: DayRule, date: Date): boolean {
  const day = date.getUTCDate();
  const weekday = date.getUTCDay() + 1;
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const weekdayOf = (each: number) => ((weekday - 1 + each - day + 70) % 7) + 1;
  const isWorking = (each: number) => weekdayOf(each) !== 1 && weekdayOf(each) !== 7;
  switch (rule.by) {
    case 'every':
      return true;
    case 'day':
      return rule.values.includes(day);
    case 'last':
      return day === last;
    case 'last-weekday':
      return day === [last, last - 1, last - 2].find(isWorking);
    case 'nearest': {
      if (rule.day > last) return false;
      const near = [0, -1, 1, -2, 2].map((off) => rule.day + off).filter((each) => each >= 1 && each <= last);
      return day === near.find(isWorking);
    }
    case 'weekday':
      return rule.values.includes(weekday);
    case 'nth':
      return weekday === rule.weekday && Math.ceil(day / 7) === rule.nth;
    case 'last-of':
      return weekday === rule.weekday && day + 7 > last;
  }
}
