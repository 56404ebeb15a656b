import { InvalidOptionError } from '../input-errors.ts';
import { shown } from '../shown.ts';

/** AWS: CreateSchedule, ScheduleExpressionTimezone, 1 to 50 characters. */
const LONGEST = 50;

const NAME = /^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/** Building a format is dear; a process sees few zones, and there are no more than some 600. */
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * A zone of the IANA database, by its name ('UTC', 'Europe/Berlin'), as this runtime's copy of the database knows it.
 *
 * @param option how an error names the zone; 'timeZone' by default
 * @returns the name, as it was given
 * @throws {InvalidOptionError} when there is no such zone, or when it is an offset such as '+01:00'
 */
export function checkTimeZone(zone: string, option = 'timeZone'): string {
  if (typeof zone === 'string' && zone.length <= LONGEST && NAME.test(zone) && isKnown(zone)) return zone;
  throw new InvalidOptionError({
    option,
    got: shown(zone),
    expected:
      "the name of an IANA time zone, in its own capitals: 'UTC', 'Europe/Berlin', 'America/New_York'",
    fix: "for a fixed offset, use the 'Etc' zones (their sign is turned round: 'Etc/GMT-1' is an hour ahead of UTC)",
  });
}

function isKnown(zone: string): boolean {
  try {
    const { timeZone } = formatOf(zone).resolvedOptions();
    // Intl takes any capitals; the database, and AWS, do not.
    return timeZone === zone || timeZone.toLowerCase() !== zone.toLowerCase();
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const numeric = 'numeric' as const;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  formats.set(zone, format);
  return format;
}

/** What the zone's clocks show at `instant`, as milliseconds since the epoch would count it if the zone were UTC. */
export function wallOf(zone: string, instant: number): number {
  if (zone === 'UTC') return instant;
  const shows: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(instant)) shows[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shows;
  const fraction = ((instant % 1000) + 1000) % 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) + fraction;
}

/** Offsets reach from -12 to +14 hours, so this far off a wall time lies on the other side of any change near it. */
const AROUND = 27 * 3_600_000;

/**
 * The moment at which the zone's clocks show `wall`; the first of two when clocks are set back over it; none when they
 * are set forward over it.
 */
export function instantOf(zone: string, wall: number): number | undefined {
  if (zone === 'UTC') return wall;
  const before = wall - AROUND;
  const after = wall + AROUND;
  const early = wall - (wallOf(zone, before) - before);
  const late = wall - (wallOf(zone, after) - after);
  const matches = [early, late].filter((instant) => wallOf(zone, instant) === wall);
  return matches.length === 0 ? undefined : Math.min(...matches);
}
