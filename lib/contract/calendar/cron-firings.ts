import { Cron } from 'croner';
import type { CronExpression } from './cron.ts';
import { instantOf, wallOf } from './time-zone.ts';

/**
 * croner walks the calendar as if the zone were UTC, and each time that it names is then looked up in the zone. So a
 * time that clocks skip has no moment and a time that they repeat has one, in any zone and for a change of any length.
 *
 * Ends with the expression's years, 2199 at the latest: an expression that can never fire costs a walk over the years.
 */
export function* cronFirings(
  { pattern }: CronExpression,
  timeZone: string,
  from: number,
): Generator<number, undefined> {
  const calendar = new Cron(pattern, { mode: '7-part', utcOffset: 0, paused: true });
  // A second early, for croner names what comes after the time it is given.
  let wall: Date | null = new Date(wallOf(timeZone, from) - 1_000);
  while (true) {
    wall = next(calendar, wall);
    if (!wall) return;
    const instant = instantOf(timeZone, wall.getTime());
    // In the second passing of a repeated hour, what the clocks show lies behind the first, which has fired.
    if (instant !== undefined && instant >= from) yield instant;
  }
}

/**
 * croner 10.0.1 takes 30 February for a day where the 30th is asked for, goes on from 2 March, and so passes over the 1st
 * (and for the 31st, the 2nd). What it finds in a later month is therefore looked for again from that month's beginning.
 */
function next(calendar: Cron, after: Date): Date | null {
  const found = calendar.nextRun(after);
  if (!found || found.getUTCMonth() === after.getUTCMonth()) return found;
  const month = Date.UTC(found.getUTCFullYear(), found.getUTCMonth(), 1);
  return calendar.nextRun(new Date(Math.max(month - 1_000, after.getTime())));
}
