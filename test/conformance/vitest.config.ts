import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Apart from `npm test`: it needs Java, Maven and, the first time, the network.
// biome-ignore lint/style/noDefaultExport: Vitest reads the default export.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    // The tests of lib/state run once more, on DynamoDB Local, and those of lib/dispatch that ask SQS on ElasticMQ.
    include: [
      'test/conformance/**/*.conformance.ts',
      'test/state/**/*.test.ts',
      'test/dispatch/{dispatcher,visibility}.test.ts',
    ],
    globalSetup: ['test/conformance/engines.ts', 'scripts/vitest/shared-directory.ts'],
    // A JVM that has just started takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
