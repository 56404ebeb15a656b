import { CronExpressionParser } from 'cron-parser';
import { describe, expect, it } from 'vitest';
import { firings, parseExpression } from '../../../lib/contract/calendar/index.ts';
import { seededChance } from '../../clock/seeded-chance.ts';
import { firingsByForce, offsetAt } from './oracle.ts';
import { picker, type RandomCron, randomCron } from './random-cron.ts';

const EXPRESSIONS = 10_000;
const SEED = 20_261_123;
/** Firings of each expression that are compared: by force, and with cron-parser, which takes milliseconds for each. */
const BY_FORCE = 3;
const BY_LIBRARY = 2;
const DAY = 86_400_000;
/** Long enough for a leap day on a given weekday to be missed by both; a search by force costs by the day. */
const SPAN = 6 * 365 * DAY;

const ZONES = Intl.supportedValuesOf('timeZone');

describe('ten thousand random expressions in random zones', () => {
  const random = seededChance(SEED);
  const pick = picker(random);
  const cases = Array.from({ length: EXPRESSIONS }, () => {
    const zone = ZONES[pick.whole(0, ZONES.length - 1)] ?? 'UTC';
    return { cron: randomCron(random), zone, from: startFor(zone) };
  });

  /** Half of the starts lie within the two days before a change of the zone's clocks, where it has any. */
  function startFor(zone: string): number {
    const start = Date.UTC(2016, 0, 1) + pick.whole(0, 20 * 365 * 24 * 3600) * 1000;
    if (pick.chance(0.5)) return start;
    for (let day = start; day < start + 366 * DAY; day += DAY) {
      if (offsetAt(zone, day) !== offsetAt(zone, day + DAY)) return day - pick.whole(0, 24 * 3600) * 1000;
    }
    return start;
  }

  const ours = ({ cron, zone, from }: (typeof cases)[number]) =>
    firings(parseExpression(cron.aws), {
      timeZone: zone,
      from: new Date(from),
      to: new Date(from + SPAN),
      limit: BY_FORCE,
    });

  it('fire when a search by force says, by the daylight-saving rules of AWS', () => {
    for (const each of cases) {
      const { cron, zone, from } = each;
      const expected = firingsByForce(cron, { zone, from, to: from + SPAN, limit: BY_FORCE });
      expect(times(ours(each)), label(each)).toEqual(times(expected));
    }
  }, 120_000);

  it('fire when cron-parser says, wherever it knows the feature and the clocks are not changed', () => {
    let compared = 0;
    for (const each of cases) {
      const expected = byLibrary(each);
      if (expected === undefined) continue;
      compared += 1;
      expect(times(ours(each).slice(0, BY_LIBRARY)), label(each)).toEqual(times(expected));
    }
    // W, years and days without end are the search's alone; what is left must be most of it.
    expect(compared).toBeGreaterThan(EXPRESSIONS / 2);
  }, 120_000);
});

/** What cron-parser says; undefined where it does not know, or says otherwise by its own documented rules. */
function byLibrary({
  cron,
  zone,
  from,
}: {
  cron: RandomCron;
  zone: string;
  from: number;
}): number[] | undefined {
  if (cron.parser === undefined) return undefined;
  const found: number[] = [];
  try {
    // It looks for what comes after the date that it is given.
    const next = CronExpressionParser.parse(cron.parser, { tz: zone, currentDate: new Date(from - 1) });
    while (found.length < BY_LIBRARY) found.push(next.next().toDate().getTime());
  } catch (error) {
    // 31 February: it refuses such days, and gives up after some years of others; the search by force has judged them.
    if (/Invalid explicit day of month|loop limit|Out of the time/i.test(String(error))) return undefined;
    throw error;
  }
  if (found.some((instant) => instant >= from + SPAN)) return undefined;
  // It moves a skipped time to the next hour, where AWS skips it, and fires steps in both passings of a repeated hour.
  return isSteady(zone, from, found.at(-1) ?? from) ? found : undefined;
}

/** Whether the zone's clocks are not changed within a day of any moment between the two. */
function isSteady(zone: string, from: number, to: number): boolean {
  const ends = [from - DAY, from, from + DAY, to - DAY, to, to + DAY];
  // Between them a firing may have been skipped only if it lay in a change, which a day's steps find.
  for (let day = from; day < to && day < from + 400 * DAY; day += DAY) ends.push(day);
  return new Set(ends.map((each) => offsetAt(zone, each))).size === 1;
}

const times = (instants: readonly (Date | number)[]) => instants.map((each) => new Date(each).toISOString());

function label({ cron, zone, from }: { cron: RandomCron; zone: string; from: number }): string {
  return `${cron.aws} in ${zone} from ${new Date(from).toISOString()}`;
}
