import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes half a minute and more: begun last, it would keep a run waiting alone. In an order that lets those that wait
 * for leases run beside those that keep a processor busy.
 */
const SLOW = [
  ...['local/e2e/crashes', 'cli/dev', 'local/e2e/bad-moments', 'local/e2e/verbs', 'local/e2e/jobs'],
  ...['package/package', 'local/e2e/deadlines', 'simulation/seeds', 'local/e2e/shares', 'simulation/effects'],
  ...['local/e2e/iam'],
].map((name) => `test/${name}.test.ts`);

/** Slow files first; otherwise as Vitest has it: by the times of the run before, else by size. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) => {
      const found = SLOW.indexOf(relative(this.ctx.config.root, moduleId));
      return found === -1 ? SLOW.length : found;
    };
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
