import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './scripts/vitest/summary-reporter.ts';

// Each test file has a process of its own: what all of them load is compiled once, by Node's module compile cache.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '.cache/compile');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['./scripts/vitest/left-processes.ts', './scripts/vitest/shared-directory.ts'],
    reporters: ['default', new SummaryReporter()],
    // Made for two cores: files that wait for a lease or a sandbox leave room for a third.
    maxWorkers: 3,
    // What the tests read of our own output is text, also where CI stands for a terminal with colours.
    env: { NO_COLOR: '1' },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
