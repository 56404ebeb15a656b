import { LIMITS, PRIORITIES, type Priority } from '../../../lib/contract/index.ts';
import type { Draws } from '../world/draws.ts';
import { type Payload, TYPES } from './catalog.ts';

/** One call of `enqueue`, or one entry of an `enqueueMany`. */
export interface PlannedEnqueue {
  /** Its name in stories and faults. */
  readonly name: string;
  /** Milliseconds after the run's start. */
  readonly at: number;
  readonly client: number;
  readonly type: (typeof TYPES)[number];
  readonly payload: Payload;
  readonly key: string | undefined;
  readonly tenant: string | undefined;
  readonly priority: Priority | undefined;
  /** Milliseconds. */
  readonly delay: number;
  /** Milliseconds from the enqueue, more than the delay. */
  readonly deadline: number | undefined;
  /** Entries of one name go in one call. */
  readonly together: string | undefined;
}

/** How many enqueues in a hundred share their idempotency key with others. */
const KEYED = 0.2;

/** What the application of a run enqueues. Each entry is drawn by its number alone: leaving some out keeps the others. */
export function planEnqueues(draws: Draws, count: number): PlannedEnqueue[] {
  const spread = lengthOf(draws);
  return Array.from({ length: count }, (_, n) => planOne(draws, n, count, spread));
}

/** The time in which a run's enqueues come, in milliseconds. */
export function lengthOf(draws: Draws): number {
  return draws.spread('length of the run', 1_000, 900_000);
}

/** Too large for the record; now and then too large for a one-time schedule, too. */
function sizeOf(draws: Draws, who: string): number {
  return draws.happens(`huge ${who}`, 0.1) ? LIMITS.scheduleInputBytes : 900;
}

function planOne(draws: Draws, n: number, count: number, spread: number): PlannedEnqueue {
  const name = `job ${n}`;
  const draw = (what: string) => `${what} of ${name}`;
  const group = draws.happens(draw('keyed'), KEYED)
    ? `key ${draws.between(draw('key'), 0, Math.ceil(count / 12))}`
    : undefined;
  // What makes the key's id is the same for all enqueues of the key, and they come close together, or months apart.
  const who = group ?? name;
  const type = draws.pick(`type of ${who}`, TYPES);
  const tenant = draws.happens(`has tenant ${who}`, 0.5)
    ? `tenant-${draws.between(`tenant of ${who}`, 1, 4)}`
    : undefined;
  const bulk = draws.happens(draw('bulk'), 0.3)
    ? `bulk ${draws.between(draw('which bulk'), 0, 3)}`
    : undefined;
  const distance = draws.spread(draw('distance'), 1, 5_000);
  const months = group !== undefined && draws.happens(draw('months later'), 0.1) ? 31 * 86_400_000 : 0;
  const at = draws.between(`time of ${bulk ?? who}`, 0, spread) + (bulk ? 0 : distance) + months;
  // Some up to a quarter of an hour, in messages; some up to a month, on schedules.
  const far = draws.happens(draw('far'), 0.1);
  const near = draws.happens(draw('delayed'), 0.15) ? draws.spread(draw('delay'), 100, 900_000) : 0;
  const delay = far ? draws.spread(draw('far delay'), 900_001, 30 * 86_400_000) : near;
  return {
    ...{ name, at, type, tenant, key: group, delay },
    client: draws.between(bulk ? `client of ${bulk}` : draw('client'), 0, 2),
    payload: {
      job: who,
      variant: group !== undefined && draws.happens(draw('conflicts'), 0.25) ? 1 : 0,
      ...(draws.happens(`large ${who}`, 0.1) && { pad: 'x'.repeat(sizeOf(draws, who)) }),
      ...(type === 'sync' && { region: 'eu' }),
    },
    priority: draws.happens(draw('own priority'), 0.2) ? draws.pick(draw('priority'), PRIORITIES) : undefined,
    deadline: draws.happens(draw('has deadline'), 0.15)
      ? delay + draws.spread(draw('deadline'), 500, 7_200_000)
      : undefined,
    together: bulk === undefined ? undefined : `${bulk}, ${at}`,
  };
}
