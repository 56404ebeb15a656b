import type { Catalog } from '../../contract/index.ts';
import { StackRuleError } from './stack-rule-error.ts';

/**
 * Every job type has its pool, and every pool a job type.
 *
 * @throws {StackRuleError} `catalog-empty`, `pool-missing`, `pool-unused`
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
  const used = new Set(catalog.jobs.map((job) => job.pool));
  for (const pool of pools) {
    if (used.has(pool)) continue;
    throw new StackRuleError({
      rule: 'pool-unused',
      what: `No job type of the catalog uses the pool '${pool}'`,
      got: `job types in ${quoted([...used])}`,
      expected: `at least one job type with pool: '${pool}'`,
      fix: `remove '${pool}' from the props of Millrace, or name it in a defineJob`,
      context: { pool },
    });
  }
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ') || '(none)';
}
