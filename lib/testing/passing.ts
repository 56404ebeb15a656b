import { type DurationInput, milliseconds } from '../contract/index.ts';
import type { Activity } from './activity.ts';
import { NotDrainedError } from './errors.ts';
import { unfinished } from './jobs-seen.ts';
import type { SettleOptions, World } from './world.ts';

export interface AdvanceOptions {
  /**
   * Whether time goes on although handlers run: their signals fire, and their time runs out.
   * @default false: time stands still until they end
   */
  readonly overtake?: boolean;
}

export interface DrainOptions {
  /**
   * Attempts, of all jobs together, after which it is no use to go on.
   * @default 1000
   */
  readonly max?: number;
  /**
   * Moves the time as far as it takes until every job has ended.
   * @default false: only what is due now
   */
  readonly untilEnded?: boolean;
  /**
   * How far `untilEnded` moves the time at most.
   * @default 400d
   */
  readonly within?: DurationInput;
}

/** Moves the time from one thing that is due to the next, up to `until` (milliseconds since the epoch), while a condition holds. */
export async function pass(
  world: World,
  options: SettleOptions & { readonly until: number; readonly while?: () => boolean },
): Promise<void> {
  const { until, while: goesOn = () => true } = options;
  await world.settle(options);
  for (let next = world.next(); goesOn() && next !== undefined && next <= until; next = world.next()) {
    world.moveTo(next);
    await world.settle(options);
  }
  if (goesOn()) world.moveTo(until);
}

/** @throws {NotDrainedError} */
export async function drain(world: World, activity: Activity, options: DrainOptions): Promise<void> {
  const { max = 1_000, untilEnded = false } = options;
  const within = milliseconds(options.within ?? '400d', 'within');
  const bound = activity.begun + max;
  const check = () => {
    if (activity.begun <= bound) return;
    const fix = 'see which job enqueues or retries itself for ever, or raise `max`';
    throw notDrained(world, { why: `more than ${max} attempts ran`, fix });
  };
  await world.settle({ check });
  if (!untilEnded) return;
  const until = world.now + within;
  while (world.jobs.unended().length > 0) {
    const next = world.next();
    if (next === undefined || next > until) {
      const why = next === undefined ? 'nothing will ever be due' : `nothing ended it within ${within} ms`;
      throw notDrained(world, { why, fix: 'cancel the jobs that are not to run, or raise `within`' });
    }
    world.moveTo(next);
    await world.settle({ check });
  }
}

function notDrained(world: World, { why, fix }: { why: string; fix: string }): NotDrainedError {
  return new NotDrainedError({
    why,
    fix,
    jobs: world.jobs.unended().map((job) => unfinished(job, world.now)),
  });
}
