import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff, LIMITS, type RetryPolicy, systemChance } from '../../lib/contract/index.ts';

const policies: fc.Arbitrary<RetryPolicy> = fc
  .record({
    maxAttempts: fc.integer({ min: 1, max: LIMITS.maxAttempts }),
    base: fc.nat({ max: LIMITS.maxPostpone }),
    cap: fc.nat({ max: LIMITS.maxPostpone }),
  })
  .map(({ maxAttempts, base, cap }) => ({
    maxAttempts,
    base: Math.min(base, cap),
    cap: Math.max(base, cap),
  }));
const attempts = fc.integer({ min: 1, max: LIMITS.maxAttempts });
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoff', () => {
  const policy = { maxAttempts: 10, base: 2_000, cap: 600_000 };
  const longest = (attempt: number) => backoff(policy, attempt, () => 1 - Number.EPSILON) + 1;

  it('doubles its longest wait with each attempt, up to the cap', () => {
    expect([1, 2, 3, 4, 9].map(longest)).toEqual([2_000, 4_000, 8_000, 16_000, 512_000]);
    expect([10, 11, 60, 100].map(longest)).toEqual([600_000, 600_000, 600_000, 600_000]);
  });

  it('is anything between nothing and the longest wait: full jitter', () => {
    expect(backoff(policy, 3, () => 0)).toBe(0);
    expect(backoff(policy, 3, () => 0.25)).toBe(2_000);
    expect(backoff(policy, 3, () => 0.5)).toBe(4_000);
  });

  it('never leaves its bounds, whatever the policy, the attempt and the chance', () => {
    fc.assert(
      fc.property(policies, attempts, chances, ({ maxAttempts, base, cap }, attempt, chance) => {
        const wait = backoff({ maxAttempts, base, cap }, attempt, () => chance);
        expect(Number.isSafeInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(cap);
        expect(wait).toBeLessThanOrEqual(base * 2 ** (attempt - 1));
      }),
    );
  });

  it('never waits less for a later attempt, by the same chance', () => {
    fc.assert(
      fc.property(policies, attempts, chances, (any, attempt, chance) => {
        const random = () => chance;
        expect(backoff(any, attempt + 1, random)).toBeGreaterThanOrEqual(backoff(any, attempt, random));
      }),
    );
  });

  it('spreads the waits of many jobs evenly', () => {
    const buckets = [0, 0, 0, 0];
    const draws = 20_000;
    for (let i = 0; i < draws; i += 1) {
      const at = Math.floor(backoff(policy, 4, systemChance.random) / 4_000);
      buckets[at] = (buckets[at] ?? 0) + 1;
    }
    // Six standard deviations of a quarter of the draws: about 61 each.
    for (const bucket of buckets) expect(Math.abs(bucket - draws / 4)).toBeLessThan(6 * 62);
  });
});
