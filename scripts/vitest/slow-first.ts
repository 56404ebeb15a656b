import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What starts a cloud, a package or hundreds of runs takes half a minute: begun last, it would keep a run waiting alone. */
const SLOW = /^test\/(local\/e2e|package|simulation|cli\/dev)/;

/** Slow files first; otherwise as Vitest has it: by the times of the run before, else by size. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification) => SLOW.test(relative(this.ctx.config.root, moduleId));
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}
