import { Duration, Lazy } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { checkVisibility } from '../../../lib/constructs/rules/index.ts';
import { entry, expectRule, makeStack } from '../fixtures/stack.ts';

function withDefault(props: object) {
  return () => makeStack({ pools: { default: { entry, ...props }, heavy: { entry } } });
}

describe('function timeout', () => {
  it('fails where it is not over the longest type timeout and the time to settle', () => {
    const run = withDefault({ timeout: Duration.seconds(125) });
    expectRule(run, 'function-timeout', "'invoice.render'", '125 s', 'over 125 s');
  });

  it('passes just above', () => {
    expect(withDefault({ timeout: Duration.seconds(126) })).not.toThrow();
  });

  it('fails over the 900 seconds of Lambda', () => {
    expectRule(withDefault({ timeout: Duration.seconds(901) }), 'function-timeout', 'at most 900 s');
  });

  it('fails for a token, since visibility timeouts are derived from it', () => {
    const timeout = Duration.seconds(Lazy.number({ produce: () => 200 }));
    expectRule(withDefault({ timeout }), 'not-known-at-synth', 'pools.default.timeout');
  });
});

describe('visibility timeout', () => {
  const visibility = (seconds: number) => ({
    priorities: { low: { visibilityTimeout: Duration.seconds(seconds), batchWindow: Duration.seconds(20) } },
  });

  it('fails under function timeout + batch window + margin', () => {
    expectRule(withDefault(visibility(199)), 'visibility', "'default/low'", '199 s', '200 s');
  });

  it('passes at function timeout + batch window + margin', () => {
    expect(withDefault(visibility(200))).not.toThrow();
  });

  it('fails over the 12 hours of SQS', () => {
    expectRule(withDefault(visibility(43_201)), 'visibility', '43200 s');
  });

  it('names every number', () => {
    const options = { queue: 'q', visibility: 60, functionTimeout: 60, batchWindow: 5 };
    expectRule(() => checkVisibility(options), 'visibility', '95 s', 'batch window 5 s');
  });
});
