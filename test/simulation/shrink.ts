import { runSeed, type SeedOptions, type SeedResult } from './run-seed.ts';

/** What is left of a failing run when all that it does not need is taken away. */
export interface Shrunk {
  /** Whether it failed again: nothing is shrunk where it did not. */
  readonly failed: boolean;
  readonly result: SeedResult;
  readonly enqueues: readonly string[];
  readonly faults: readonly string[];
  readonly runs: number;
}

/** Runs that shrinking may take. */
const MOST_RUNS = 150;

/**
 * Takes jobs and faults away for as long as the same invariant breaks. Both are drawn by name, so what stays does not
 * change because something else went.
 */
export async function shrink(options: SeedOptions, failed: SeedResult): Promise<Shrunk> {
  const invariant = failed.violations[0]?.invariant;
  let runs = 0;
  let enqueues = [...failed.enqueues];
  let faults = failed.fired.map(({ name }) => name);
  const fails = async (keep: readonly string[], only: readonly string[]): Promise<boolean> => {
    runs += 1;
    const { violations } = await runSeed({ ...options, keep: new Set(keep), only: new Set(only) });
    return violations[0]?.invariant === invariant;
  };
  const left = () => runs < MOST_RUNS;
  const again = await fails(enqueues, faults);
  if (again) {
    const about = failed.violations[0]?.job;
    const alone = enqueues.filter((name) => name === about);
    if (alone.length > 0 && (await fails(alone, faults))) enqueues = alone;
    enqueues = await fewer(enqueues, (some) => fails(some, faults), left);
    faults = await fewer(faults, (some) => fails(enqueues, some), left);
    enqueues = await fewer(enqueues, (some) => fails(some, faults), left);
  }
  const result = await runSeed({ ...options, told: true, keep: new Set(enqueues), only: new Set(faults) });
  return { result, failed: again, enqueues, faults, runs };
}

/** Delta debugging: leaves out ever smaller parts of the list while the rest still fails. */
async function fewer(
  list: readonly string[],
  fails: (some: readonly string[]) => Promise<boolean>,
  left: () => boolean,
): Promise<string[]> {
  let kept = [...list];
  let size = Math.ceil(kept.length / 2);
  while (size >= 1 && kept.length > 0) {
    let removed = false;
    for (let at = 0; at < kept.length && left(); ) {
      const some = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (await fails(some)) {
        kept = some;
        removed = true;
      } else {
        at += size;
      }
    }
    if (!left()) break;
    if (size === 1 && !removed) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return kept;
}
