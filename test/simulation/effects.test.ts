import { describe, expect, it } from 'vitest';
import { runSeed } from './run-seed.ts';
import { engineForTests } from './test-engine.ts';
import { FAULT_KINDS, type FaultKind, type FaultRates } from './world/fault-kinds.ts';

const KINDS = Object.keys(FAULT_KINDS) as FaultKind[];
/** Runs that may be needed until each kind has met something; about a second each. */
const MOST_SEEDS = 30;

/** Some of everything, and much of what few runs come upon. */
const RATES = {
  ...Object.fromEntries(KINDS.map((kind) => [kind, FAULT_KINDS[kind].rate])),
  ...{ 'deletion pending': 1, 'schedule conflict': 0.5, 'over quota': 0.3, 'schedule dropped': 0.1 },
  ...{ 'receives burnt': 0.05, 'console redrive': 0.9, 'table restored': 1 },
} as FaultRates;

const engine = engineForTests();

describe('the faults', () => {
  it('take effect, every kind of them, and break no promise', { timeout: 120_000 }, async () => {
    const missing = new Set<FaultKind>(KINDS);
    for (let seed = 1; seed <= MOST_SEEDS && missing.size > 0; seed += 1) {
      const { effects, violations } = await runSeed({
        seed,
        jobs: 40,
        engine: engine(),
        rates: RATES,
        ticks: true,
      });
      expect(violations, `seed ${seed}`).toEqual([]);
      for (const kind of KINDS) if (effects[kind]) missing.delete(kind);
    }
    expect([...missing]).toEqual([]);
  });
});
