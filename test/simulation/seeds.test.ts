import { describe, expect, it } from 'vitest';
import { hasTicks } from './has-ticks.ts';
import { KEPT_SEEDS } from './kept-seeds.ts';
import { runSeed } from './run-seed.ts';
import { engineForTests } from './test-engine.ts';

/** How many seeds, and how many enqueues each: what fits into the five minutes of all tests. `npm run simulate` runs more. */
const SEEDS = 25;
const JOBS = 50;
const BUDGET = 240_000;

const engine = engineForTests();

describe('the promises under faults', () => {
  it(`hold for ${SEEDS} seeds`, { timeout: BUDGET }, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { violations } = await runSeed({ seed, jobs: JOBS, engine: engine(), ticks: hasTicks(seed) });
      expect(violations, `npm run simulate -- --seeds 1 --from ${seed} --jobs ${JOBS}`).toEqual([]);
    }
  });

  it.each(KEPT_SEEDS)(
    'hold where they once did not: $found',
    { timeout: BUDGET },
    async ({ seed, jobs, ticks, focus }) => {
      const { violations } = await runSeed({ seed, jobs, engine: engine(), ticks, focus });
      expect(violations).toEqual([]);
    },
  );

  it('strike the same in every run of a seed', { timeout: BUDGET }, async () => {
    const first = await runSeed({ seed: 7, jobs: JOBS, engine: engine(), ticks: true });
    const second = await runSeed({ seed: 7, jobs: JOBS, engine: engine(), ticks: true });
    expect(second.trace).toBe(first.trace);
    expect(second.fired).toEqual(first.fired);
    expect(first.fired.length).toBeGreaterThan(0);
  });

  it('strike the same when the story is told', { timeout: BUDGET }, async () => {
    const silent = await runSeed({ seed: 8, jobs: JOBS, engine: engine() });
    const told = await runSeed({ seed: 8, jobs: JOBS, engine: engine(), told: true });
    expect(told.trace).toBe(silent.trace);
    expect(told.story.read('job 1')).toMatch(/job 1\b/);
  });
});
