import { InvalidOptionError } from '../input-errors.ts';
import type { Body } from './body.ts';

/** `at(yyyy-mm-ddThh:mm:ss)`: once. */
export interface AtExpression {
  readonly kind: 'at';
  readonly text: string;
  /** The time on the zone's clocks, as milliseconds since the epoch would count it if the zone were UTC. */
  readonly wall: number;
}

/** A date that exists, to the second, without a zone: the zone is the schedule's. */
export function parseAt({ text, inner, option }: Body): AtExpression {
  const wall = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(inner) ? Date.parse(`${inner}Z`) : Number.NaN;
  // Some engines read 30 February as 2 March: what comes back must be what was given.
  if (!Number.isNaN(wall) && new Date(wall).toISOString().startsWith(inner))
    return { kind: 'at', text, wall };
  throw new InvalidOptionError({
    option,
    got: `'${text}'`,
    expected: 'at(yyyy-mm-ddThh:mm:ss), a time of day that exists, without fractions or a zone',
    fix: "such as at(2027-03-01T09:30:00), with the zone in the schedule's time zone",
  });
}
