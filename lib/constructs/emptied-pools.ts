import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Catalog } from '../contract/index.ts';

/** Says at synth which pools no job type names: on their way out of the stack, or a typing error. */
export function tellAboutEmptiedPools(
  scope: Construct,
  { catalog, pools }: { catalog: Catalog; pools: readonly string[] },
): void {
  const used = new Set(catalog.jobs.map((job) => job.pool));
  for (const pool of pools) {
    if (used.has(pool)) continue;
    Annotations.of(scope).addWarningV2(
      `millrace:pool-unused:${pool}`,
      `No job type of the catalog is in the pool '${pool}'. Its worker goes on with the jobs that are left in it; when there are ` +
        'none, take it out of the props. See docs/deploying.md, "Changing a deployed stack".',
    );
  }
}
