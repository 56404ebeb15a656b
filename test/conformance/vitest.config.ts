import { defineConfig } from 'vitest/config';

// Apart from `npm test`: it needs Java, Maven and, the first time, the network.
// biome-ignore lint/style/noDefaultExport: Vitest reads the default export.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.conformance.ts'],
    globalSetup: ['./engines.ts'],
  },
});
