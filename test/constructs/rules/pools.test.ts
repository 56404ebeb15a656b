import { Annotations, Match } from 'aws-cdk-lib/assertions';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { Millrace } from '../../../lib/constructs/index.ts';
import { defineCatalog } from '../../../lib/contract/index.ts';
import { catalog } from '../fixtures/catalog.ts';
import { entry, expectRule, makeStack } from '../fixtures/stack.ts';

const pools = { default: { entry }, heavy: { entry } };

/** Never called: the compiler is the test. */
function wrongPools(scope: Construct): void {
  // @ts-expect-error the catalog's job types also name 'heavy'
  new Millrace(scope, 'Missing', { catalog, pools: { default: { entry } } });
  // @ts-expect-error a pool has an entry
  new Millrace(scope, 'Unused', { catalog, pools: { ...pools, spare: {} } });
}

describe('pools', () => {
  it('that the stack lacks do not compile', () => {
    expect(wrongPools).toBeTypeOf('function');
  });

  it('fails without the pool of a job type', () => {
    expectRule(
      () => makeStack({ pools: { default: { entry } } }),
      'pool-missing',
      "'video.encode'",
      "'heavy'",
    );
  });

  it('may have no job type any more: the worker goes on with what is left, and a warning says so', () => {
    const { stack, template } = makeStack({ pools: { ...pools, spare: { entry } } });
    const longest = Math.max(...catalog.jobs.map((job) => job.timeout / 1_000));
    template().hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ MILLRACE_POOL: 'spare' }) },
      Timeout: longest + 30,
      ReservedConcurrentExecutions: 8,
    });
    const warnings = Annotations.fromStack(stack);
    warnings.hasWarning('*', Match.stringLikeRegexp("No job type of the catalog is in the pool 'spare'"));
    expect(warnings.findWarning('*', Match.stringLikeRegexp('No job type'))).toHaveLength(1);
  });

  it('fails with an empty catalog', () => {
    expectRule(() => makeStack({ catalog: defineCatalog([]) }), 'catalog-empty');
  });

  it('fails where the worker’s source does not exist', () => {
    const absent = { ...pools, default: { entry: 'lambdas/absent.ts' } };
    expectRule(() => makeStack({ pools: absent }), 'entry-missing', 'lambdas/absent.ts');
  });

  it('fails when a metric of an absent pool is asked for', () => {
    const { millrace } = makeStack();
    expectRule(() => millrace.metricQueueDepth({ pool: 'no', priority: 'low' }), 'pool-missing', 'heavy');
  });
});
