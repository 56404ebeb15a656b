import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Four times what `npm test` tries: over 100,000 malformed inputs, 10,000 expressions of schedules, a backlog of 1,000,000 jobs.
// biome-ignore lint/style/noDefaultExport: Vitest reads the default export.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: [
      'test/fuzz/**/*.test.ts',
      'test/contract/calendar/differential.test.ts',
      'test/lifecycle/sweeper-backlog.test.ts',
    ],
    globalSetup: ['./scripts/vitest/left-processes.ts'],
    env: { FUZZ_SCALE: process.env['FUZZ_SCALE'] ?? '1' },
    hookTimeout: 60_000,
  },
});
