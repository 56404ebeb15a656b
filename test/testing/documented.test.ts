import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Page, readPages, root, type ShownFile, shownFiles } from '../docs/pages.ts';
import { makeProject } from '../docs/project.ts';

const page = (await readPages()).find(({ path }) => path === 'docs/testing.md') as Page;

/** The page's JavaScript: a block is a file, begun by a comment with its name. */
function shownScripts({ text }: Page): ShownFile[] {
  const blocks = [...text.matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)];
  return blocks.map(([, name = '', body = '']) => ({ name, text: body }));
}

/** What Vitest says about the tests of a folder, as people see it. */
async function vitest(folder: string, ...args: string[]): Promise<string> {
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  const env = { ...process.env, NO_COLOR: '1', VITEST: undefined, VITEST_WORKER_ID: undefined };
  const command = [program, 'run', '--root', folder, '--reporter', 'verbose', ...args];
  try {
    return (await promisify(execFile)(process.execPath, command, { env })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return `${stdout}${stderr}`;
  }
}

describe('the examples of docs/testing.md', () => {
  it('run: one for Vitest, one that needs Jest’s globals and nothing else of it', {
    timeout: 120_000,
  }, async () => {
    await using project = await makeProject();
    const scripts = shownScripts(page);
    expect(scripts.map(({ name }) => name)).toEqual(['receipts.jest.test.js']);
    const folder = await project.put('run', [...shownFiles(page), ...scripts]);
    const output = await vitest(folder, '--globals');
    const passed = [...output.matchAll(/✓ \S+ > (?:receipts > )?(.*?)(?: \d+ms)?$/gm)].map(
      ([, name]) => name,
    );
    expect(passed.toSorted()).toEqual([
      'are sent once for each order',
      'gives up on an order that does not exist',
      'tries again until the mail server is back, under one key',
      'waits three days while the office is closed',
    ]);
    expect(output).toMatch(/Tests {2}4 passed \(4\)/);
  });
});
