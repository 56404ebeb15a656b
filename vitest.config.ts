import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './scripts/vitest/summary-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['./scripts/vitest/left-processes.ts'],
    reporters: ['default', new SummaryReporter()],
    // Engines and sandboxes are processes of their own: two files at a time fill two cores.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
