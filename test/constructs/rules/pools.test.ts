import { describe, it } from 'vitest';
import { defineCatalog } from '../../../lib/contract/index.ts';
import { entry, expectRule, makeStack } from '../fixtures/stack.ts';

describe('pools', () => {
  it('fails without the pool of a job type', () => {
    expectRule(
      () => makeStack({ pools: { default: { entry } } }),
      'pool-missing',
      "'video.encode'",
      "'heavy'",
    );
  });

  it('fails with a pool that no job type uses', () => {
    const pools = { default: { entry }, heavy: { entry }, spare: { entry } };
    expectRule(() => makeStack({ pools }), 'pool-unused', "'spare'");
  });

  it('fails with an empty catalog', () => {
    expectRule(() => makeStack({ catalog: defineCatalog([]) }), 'catalog-empty');
  });

  it('fails where the worker’s source does not exist', () => {
    const pools = { default: { entry: 'lambdas/absent.ts' }, heavy: { entry } };
    expectRule(() => makeStack({ pools }), 'entry-missing', 'lambdas/absent.ts');
  });

  it('fails when a metric of an absent pool is asked for', () => {
    const { millrace } = makeStack();
    expectRule(() => millrace.metricQueueDepth({ pool: 'no', priority: 'low' }), 'pool-missing', 'heavy');
  });
});
