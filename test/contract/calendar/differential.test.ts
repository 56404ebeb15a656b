import { CronExpressionParser } from 'cron-parser';
import { describe, expect, it } from 'vitest';
import { firings, parseExpression } from '../../../lib/contract/calendar/index.ts';
import { seededChance } from '../../clock/seeded-chance.ts';
import { scaled, TIME_LIMIT } from '../../fuzz/scale.ts';
import { firingsByForce, offsetAt } from './oracle.ts';
import { picker, type RandomCron, randomCron } from './random-cron.ts';

/** How many are compared with cron-parser; and by force, which costs more and knows what cron-parser does not. */
const EXPRESSIONS = scaled(10_000);
const FORCED = scaled(3_000);
const SEED = 20_261_123;
/** Firings of each expression that are compared: by force, and with cron-parser, which takes milliseconds for each. */
const BY_FORCE = 3;
const BY_LIBRARY = 1;
const DAY = 86_400_000;
/** Whatever fires later than this after the start is not compared: a search by force costs by the day. */
const SPAN = 6 * 365 * DAY;

const ZONES = Intl.supportedValuesOf('timeZone');

interface Case {
  readonly cron: RandomCron;
  readonly zone: string;
  readonly from: number;
}

describe('random expressions in random zones', () => {
  it(
    'fire when a search by force says, by the daylight-saving rules of AWS',
    () => {
      const next = cases({ beforeChange: 0.5 });
      for (let compared = 0; compared < FORCED; compared += 1) {
        const each = next();
        const { cron, zone, from } = each;
        const expected = firingsByForce(cron, { zone, from, to: from + SPAN, limit: BY_FORCE });
        expect(times(ours(each, BY_FORCE)), label(each)).toEqual(times(expected));
      }
    },
    TIME_LIMIT,
  );

  it(
    'fire when cron-parser says, wherever it has the feature and the clocks are not changed that day',
    () => {
      const next = cases({ beforeChange: 0 });
      for (let compared = 0; compared < EXPRESSIONS; ) {
        const each = next();
        const expected = byLibrary(each);
        if (expected === undefined) continue;
        const found = ours(each, BY_LIBRARY);
        if (!isSteady(each.zone, [each.from, ...expected, ...found.map(Number)])) continue;
        compared += 1;
        expect(times(found), label(each)).toEqual(times(expected));
      }
    },
    TIME_LIMIT,
  );
});

/** A share of the starts lies within the day before a change of the zone's clocks, where it has any. */
function cases({ beforeChange }: { beforeChange: number }): () => Case {
  const random = seededChance(SEED);
  const pick = picker(random);
  const startFor = (zone: string): number => {
    const start = Date.UTC(2016, 0, 1) + pick.whole(0, 20 * 365 * 24 * 3600) * 1000;
    if (!pick.chance(beforeChange)) return start;
    for (let day = start; day < start + 366 * DAY; day += DAY) {
      if (offsetAt(zone, day) !== offsetAt(zone, day + DAY)) return day - pick.whole(0, 24 * 3600) * 1000;
    }
    return start;
  };
  return () => {
    const zone = ZONES[pick.whole(0, ZONES.length - 1)] ?? 'UTC';
    return { cron: randomCron(random), zone, from: startFor(zone) };
  };
}

function ours({ cron, zone, from }: Case, limit: number): Date[] {
  const span = { timeZone: zone, from: new Date(from), to: new Date(from + SPAN) };
  return firings(parseExpression(cron.aws), { ...span, limit });
}

/** What cron-parser says; undefined where it says nothing. */
function byLibrary({ cron, zone, from }: Case): number[] | undefined {
  // Years, W and LW: it has no such features.
  if (cron.parser === undefined) return undefined;
  const found: number[] = [];
  try {
    // It looks for what comes after the date that it is given.
    const options = { tz: zone, currentDate: new Date(from - 1) };
    const expression = CronExpressionParser.parse(cron.parser, options);
    while (found.length < BY_LIBRARY) found.push(expression.next().toDate().getTime());
  } catch (error) {
    // 31 February: it refuses such a day by itself, and gives up its search for one in a list.
    if (/Invalid explicit day of month|loop limit|Out of the time/i.test(String(error))) return undefined;
    throw error;
  }
  return found.every((each) => each < from + SPAN) ? found : undefined;
}

/**
 * Whether the zone's clocks are not changed within a day of any of the moments. Where they are, cron-parser has rules of
 * its own (a skipped time moves to the next hour) and faults (in Nuuk, whose clocks are changed at midnight, it passes
 * over a whole day): those cases are the search's alone.
 */
function isSteady(zone: string, instants: readonly number[]): boolean {
  return instants.every((each) => offsetAt(zone, each - DAY) === offsetAt(zone, each + DAY));
}

const times = (instants: readonly (Date | number)[]) => instants.map((each) => new Date(each).toISOString());

function label({ cron, zone, from }: Case): string {
  return `${cron.aws} in ${zone} from ${new Date(from).toISOString()}`;
}
