import { isEnded } from '../../lib/contract/index.ts';
import { planEnqueues } from './app/plan.ts';
import { Ticks } from './app/ticks.ts';
import { warmUp } from './aws/clients.ts';
import type { EngineConnection } from './aws/engine-connection.ts';
import { checkEnd } from './check/final-checks.ts';
import { checkHistories } from './check/history-checks.ts';
import type { Violation } from './check/violation.ts';
import { Nature } from './nature.ts';
import { Simulation } from './simulation.ts';
import { Draws } from './world/draws.ts';
import { drawRates, type FaultKind, type FaultRates } from './world/fault-kinds.ts';
import { Faults, type FiredFault } from './world/faults.ts';
import type { Names } from './world/names.ts';
import { Story } from './world/story.ts';
import { World } from './world/world.ts';

export interface SeedOptions {
  readonly seed: number;
  readonly jobs: number;
  readonly engine: EngineConnection;
  /** Tell what happened. @default false */
  readonly told?: boolean;
  /** Only these faults strike, by name. @default as the seed draws */
  readonly only?: ReadonlySet<string>;
  /** Only these enqueues are made, by name. @default all */
  readonly keep?: ReadonlySet<string>;
  /** Kinds that the run has much of. @default as the seed draws */
  readonly focus?: readonly FaultKind[];
  /** @default as the seed draws */
  readonly rates?: FaultRates;
  /** Recurring schedules make jobs too. @default false */
  readonly ticks?: boolean;
}

export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly fired: readonly FiredFault[];
  /** How often each kind of fault took effect. */
  readonly effects: Readonly<Partial<Record<FaultKind, number>>>;
  /** The enqueues that were planned, by name. */
  readonly enqueues: readonly string[];
  readonly happened: number;
  readonly calls: number;
  /** Virtual milliseconds. */
  readonly lasted: number;
  readonly ended: Readonly<Record<string, number>>;
  readonly story: Story;
  readonly names: Names;
  /** The same for every run of the same seed. */
  readonly trace: string;
}

let tables = 0;

/** One run: everything in it follows from the seed, but for what is left out. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const { seed, jobs, engine, told = false, only, keep } = options;
  const draws = new Draws(seed);
  const story = new Story({ told });
  const blame = (fault: FiredFault) => simulation.checks.struck(fault);
  const faults = new Faults({
    draws,
    rates: options.rates ?? drawRates(draws, options.focus),
    only,
    onFire: blame,
  });
  const world = new World({ draws, faults, story });
  tables += 1;
  const simulation: Simulation = new Simulation({
    world,
    engine,
    tableName: `jobs-${process.pid}-${tables}`,
  });
  const { store, checks, application } = simulation;
  await warmUp();
  await store.create();
  try {
    const enqueues = planEnqueues(draws, jobs).filter(({ name }) => keep?.has(name) ?? true);
    for (const { name, payload } of enqueues) checks.variants.set(name, payload.variant);
    application.plan(enqueues);
    if (options.ticks) simulation.ticks = new Ticks(simulation);
    new Nature(simulation).plan(enqueues);
    const came = await world.run();
    if (!came)
      checks.report('runs end', undefined, `after ${world.happened} happenings something still happens`);
    if (checks.violations.found.length === 0) checkEnd(checks, store);
    if (checks.violations.found.length === 0) await checkHistories(checks, store);
    if (checks.violations.found.length === 0) simulation.ticks?.checkEnd();
    return {
      ...{ seed, story, names: world.names, fired: faults.fired, violations: checks.violations.found },
      effects: Object.fromEntries(faults.effects),
      enqueues: enqueues.map(({ name }) => name),
      happened: world.happened,
      calls: checks.logs.all().reduce((sum, { calls }) => sum + calls, 0),
      lasted: world.lasted,
      ended: countEnded(simulation),
      trace: world.trace,
    };
  } finally {
    simulation.end();
    await store.drop();
  }
}

function countEnded({ checks }: Simulation): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { lastEnd } of checks.logs.all()) {
    const status = lastEnd && isEnded(lastEnd.status) ? lastEnd.status : 'open';
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}
