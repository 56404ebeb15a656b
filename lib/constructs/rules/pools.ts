import type { Catalog } from '../../contract/index.ts';
import { StackRuleError } from './stack-rule-error.ts';

/**
 * Every job type has its pool. A pool may have no job type any more: jobs that were enqueued before they moved are still in it.
 *
 * @throws {StackRuleError} `catalog-empty`, `pool-missing`
 */
export function checkPools({ catalog, pools }: { catalog: Catalog; pools: readonly string[] }): void {
  if (catalog.jobs.length === 0) {
    throw new StackRuleError({
      rule: 'catalog-empty',
      what: 'The catalog has no job types',
      got: 'defineCatalog([])',
      expected: 'at least one job type: the stack is derived from them',
      fix: 'add a declaration made by defineJob to defineCatalog',
    });
  }
  for (const job of catalog.jobs) {
    if (pools.includes(job.pool)) continue;
    throw new StackRuleError({
      rule: 'pool-missing',
      what: `The job type '${job.name}' asks for the pool '${job.pool}', which the stack does not have`,
      got: `pools ${quoted(pools)}`,
      expected: `a pool '${job.pool}'`,
      fix: `add pools: { '${job.pool}': { entry: … } } to the props of Millrace, or change the pool in defineJob`,
      context: { job: job.name, pool: job.pool },
    });
  }
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ') || '(none)';
}
