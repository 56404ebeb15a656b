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
  // @ts-expect-error no job type names 'spare'
  new Millrace(scope, 'Unused', { catalog, pools: { ...pools, spare: { entry } } });
}

describe('pools', () => {
  it('that the catalog does not have, or lacks, do not compile', () => {
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

  it('fails with a pool that no job type uses', () => {
    expectRule(() => makeStack({ pools: { ...pools, spare: { entry } } }), 'pool-unused', "'spare'");
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
