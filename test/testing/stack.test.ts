import { describe, expect, it } from 'vitest';
import { AWS_LIMITS, STACK_DEFAULTS } from '../../lib/constructs/defaults.ts';
import { STACK } from '../../lib/testing/pool-queues.ts';

describe('what a test Millrace takes for its stack', () => {
  it('is what the stack has unless its props say otherwise', () => {
    const { functionMargin, visibilityMargin, systemTimeout, maxReceiveCount } = STACK_DEFAULTS;
    const { queueRetention, deadLetterRetention, sweepMinutes } = STACK_DEFAULTS;
    expect(STACK).toEqual({
      maxReceiveCount,
      functionMargin: functionMargin * 1000,
      visibilityMargin: visibilityMargin * 1000,
      systemTimeout: systemTimeout * 1000,
      queueRetention: queueRetention * 1000,
      deadLetterRetention: deadLetterRetention * 1000,
      longestFunction: AWS_LIMITS.functionTimeout * 1000,
      sweepInterval: sweepMinutes * 60_000,
    });
  });
});
