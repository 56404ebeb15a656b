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
    wall = calendar.nextRun(wall);
    if (!wall) return;
    const instant = instantOf(timeZone, wall.getTime());
    // In the second passing of a repeated hour, what the clocks show lies behind the first, which has fired.
    if (instant !== undefined && instant >= from) yield instant;
  }
}
