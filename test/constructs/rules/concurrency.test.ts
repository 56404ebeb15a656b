import { Lazy } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import type { PoolProps } from '../../../lib/constructs/index.ts';
import { checkReservation } from '../../../lib/constructs/rules/index.ts';
import { entry, expectRule, makeStack } from '../fixtures/stack.ts';

function withDefault(props: Partial<PoolProps>) {
  return () => makeStack({ pools: { default: { entry, ...props }, heavy: { entry } } });
}

describe('maximum concurrency', () => {
  it.each([1, 1_001, 2.5])('fails at %d', (maxConcurrency) => {
    const run = withDefault({ priorities: { high: { maxConcurrency } } });
    expectRule(run, 'max-concurrency', 'from 2 to 1000', "'default/high'");
  });

  it('fails together with provisioned pollers', () => {
    const high = { maxConcurrency: 5, provisionedPollers: { maximum: 3 } };
    expectRule(withDefault({ priorities: { high } }), 'provisioned-pollers', 'one of the two');
  });

  it('fails for pollers out of range', () => {
    const high = { provisionedPollers: { maximum: 1 } };
    expectRule(withDefault({ priorities: { high } }), 'provisioned-pollers', 'from 2 to 2000');
  });
});

describe('reservation', () => {
  it('fails where the maximum concurrencies do not fit', () => {
    // high and normal 10 each, critical and low 2 each
    expectRule(withDefault({ reservedConcurrency: 23 }), 'reservation', 'Got: 24', 'to 24');
  });

  it('passes where they just fit', () => {
    expect(withDefault({ reservedConcurrency: 24 })).not.toThrow();
  });

  it('counts ten invocations for each provisioned poller', () => {
    const priorities = { high: { provisionedPollers: { maximum: 4 } } };
    expectRule(withDefault({ priorities, reservedConcurrency: 53 }), 'reservation', 'Got: 54');
    expect(withDefault({ priorities, reservedConcurrency: 54 })).not.toThrow();
  });

  it('fails for a reservation without a maximum concurrency', () => {
    const options = { function: 'f', reserved: 10, mappings: [{ queue: 'the queue q' }] };
    expectRule(() => checkReservation(options), 'reserved-alone', 'the queue q', 'maxConcurrency');
  });

  it('does not guess at a token', () => {
    const reservedConcurrency = Lazy.number({ produce: () => 1 });
    expect(withDefault({ reservedConcurrency })).not.toThrow();
  });
});

describe('concurrency within a batch', () => {
  it('fails at 0', () => {
    expectRule(withDefault({ concurrency: 0 }), 'out-of-range', 'pools.default.concurrency');
  });
});
