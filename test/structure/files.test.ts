import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const LONGEST = 400;

describe('the source files', () => {
  it('are named after what they hold: none is called utils, helpers, misc or common', () => {
    const vague = /^(utils?|helpers?|misc|common)(\.|$)/;
    expect(sources('*').filter((file) => file.split('/').some((part) => vague.test(part)))).toEqual([]);
  });

  it(`stay under ${LONGEST} lines in bin, lambdas and lib`, () => {
    const long = sources('{bin,lambdas,lib}').filter((file) => lines(file).length > LONGEST);
    expect(long).toEqual([]);
  });

  it('say in every folder of lib what comes in, what goes out and what they promise', () => {
    const barrels = globSync('lib/*/index.ts', { cwd: ROOT });
    expect(barrels.length).toBeGreaterThan(0);
    const unsaid = barrels.filter((file) => {
      const [first, second, third] = lines(file);
      return !(
        /^\/\/ In:/.test(first ?? '') &&
        /^\/\/ Out:/.test(second ?? '') &&
        /^\/\/ Promises:/.test(third ?? '')
      );
    });
    expect(unsaid).toEqual([]);
  });

  it('export by explicit name', () => {
    const starred = sources('lib').filter((file) => lines(file).some((line) => /^export \*/.test(line)));
    expect(starred).toEqual([]);
  });

  it('have a barrel in every folder of lib', () => {
    const folders = new Set(globSync('lib/*/*.ts', { cwd: ROOT }).map((file) => file.split('/')[1]));
    const barrels = new Set(globSync('lib/*/index.ts', { cwd: ROOT }).map((file) => file.split('/')[1]));
    expect([...folders].filter((folder) => !barrels.has(folder))).toEqual([]);
  });
});

function sources(folders: string): string[] {
  return globSync(`${folders}/**/*.ts`, { cwd: ROOT, exclude: (file) => SKIPPED.has(basename(file)) });
}

const SKIPPED = new Set(['node_modules', 'dist', 'cdk.out']);

function lines(file: string): string[] {
  return readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n');
}
