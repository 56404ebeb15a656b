import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** The machine's own Node may be 20, which does not execute TypeScript; npm and npx start the Node that was installed. */
const BARE_NODE = /(?<!npx )\bnode (bin|bench|scripts|test)\/\S*\.ts/;

describe("the repository's commands", () => {
  it('start TypeScript by npm or npx, whatever Node the machine has', () => {
    const files = ['.ci/run', ...globSync('{,bench/,demo/,docs/**/}*.md', { cwd: ROOT })];
    expect(files).toContain('CONTRIBUTING.md');
    const bare = files.flatMap((file) =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        .filter((line) => BARE_NODE.test(line))
        .map((line) => `${file}: ${line}`),
    );
    expect(bare).toEqual([]);
  });
});
