import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './scripts/vitest/slow-first.ts';
import { SummaryReporter } from './scripts/vitest/summary-reporter.ts';

// What test processes load is compiled once, by Node's module compile cache.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '.cache/compile');

const PARTS =
  '{clock,client,contract,dispatch,faults,fuzz,jobs,lifecycle,observe,operate,state,structure,worker}';

export default defineConfig({
  test: {
    globalSetup: ['./scripts/vitest/left-processes.ts', './scripts/vitest/shared-directory.ts'],
    reporters: ['default', new SummaryReporter()],
    // Made for two cores: files that wait for a lease or a sandbox leave room for a third.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
    // What the tests read of our own output is text, also where CI stands for a terminal with colours.
    env: { NO_COLOR: '1' },
    // Many times what any of them takes: machines are busy, and a process killed at each of thirty points takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        // Files of these share processes: loading the AWS SDK for each took a fifth of their time.
        extends: true,
        test: { name: 'parts', include: [`test/${PARTS}/**/*.test.ts`], isolate: false },
      },
      {
        // The CDK keeps what a process has made; sandboxes, packages and clouds want one of their own.
        extends: true,
        test: { name: 'whole', include: ['test/**/*.test.ts'], exclude: [`test/${PARTS}/**`] },
      },
    ],
  },
});
