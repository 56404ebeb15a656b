import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import type { PriorityProps } from '../../../lib/constructs/index.ts';
import { entry, expectRule, makeStack } from '../fixtures/stack.ts';

function withLow(low: PriorityProps) {
  return () => makeStack({ pools: { default: { entry, priorities: { low } }, heavy: { entry } } });
}

describe('batches', () => {
  it('fails with more than 10 messages and no window', () => {
    expectRule(withLow({ batchSize: 11 }), 'batch-window', 'batchSize 11', 'at least 1 s');
  });

  it('passes with more than 10 messages and a window', () => {
    expect(withLow({ batchSize: 11, batchWindow: Duration.seconds(1) })).not.toThrow();
  });

  it.each([0, 10_001])('fails with %d messages', (batchSize) => {
    expectRule(withLow({ batchSize, batchWindow: Duration.seconds(1) }), 'out-of-range', 'from 1 to 10000');
  });

  it('fails with a window over 300 seconds', () => {
    expectRule(withLow({ batchWindow: Duration.seconds(301) }), 'out-of-range', 'from 0 to 300');
  });
});
