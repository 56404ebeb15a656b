import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './scripts/vitest/slow-first.ts';
import { SummaryReporter } from './scripts/vitest/summary-reporter.ts';

// What test processes load is compiled once, by Node's module compile cache.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '.cache/compile');

/** Whole clouds, packages, commands and runs: each wants a process of its own. */
const WHOLE = ['local/e2e/**/*', 'package/*', 'cli/dev', 'simulation/**/*'].map(
  (files) => `test/${files}.test.ts`,
);

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
        extends: true,
        test: { name: 'whole', include: WHOLE },
      },
      {
        // Files of these share processes: loading the AWS SDK and the CDK for each took a fifth of their time.
        extends: true,
        test: { name: 'parts', include: ['test/**/*.test.ts'], exclude: WHOLE, isolate: false },
      },
    ],
  },
});
