import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const EXPECTATION = /^\s*\/\/ @ts-expect-error\b/;
/** Codes of errors that a typo makes: what a refused line means to show is a type that does not fit. */
const TYPOS = ['TS1005', 'TS1109', 'TS2304', 'TS2305', 'TS2307', 'TS2552', 'TS2724'];

interface Finding {
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** What the compiler finds in the project of a directory, lib's own files left out. */
async function compile(directory: string): Promise<Finding[]> {
  const tsc = join(root, 'node_modules/.bin/tsc');
  const output = await new Promise<string>((resolve, reject) => {
    execFile(tsc, ['-p', directory, '--pretty', 'false'], { cwd: directory }, (error, stdout, stderr) => {
      // 1 and 2 say that there are findings; anything else that the compiler did not run.
      if (error && error.code !== 1 && error.code !== 2) reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });
  return [...output.matchAll(/^(\S+)\((\d+),\d+\): error (TS\d+):/gm)]
    .map(([, file = '', line, code = '']) => ({ file, line: Number(line), code }))
    .filter(({ file }) => !file.includes('lib/'));
}

interface Copied extends AsyncDisposable {
  readonly folder: string;
}

/** A copy of this folder beside the same library, each file as `change` leaves it. */
async function copied(change: (text: string, file: string) => string): Promise<Copied> {
  const copy = await mkdtemp(join(tmpdir(), 'millrace-types-'));
  for (const name of ['lib', 'node_modules', 'package.json', 'tsconfig.json'])
    await symlink(join(root, name), join(copy, name));
  const folder = join(copy, 'test/types');
  await mkdir(folder, { recursive: true });
  await cp(join(root, 'test/types/tsconfig.json'), join(folder, 'tsconfig.json'));
  for (const file of await sources()) {
    await writeFile(join(folder, file), change(await readFile(join(root, 'test/types', file), 'utf8'), file));
  }
  return { folder, [Symbol.asyncDispose]: () => rm(copy, { recursive: true }) };
}

async function sources(): Promise<string[]> {
  return (await readdir(join(root, 'test/types'))).filter(
    (name) => name.endsWith('.ts') && !name.includes('.test.'),
  );
}

describe('the types', () => {
  it('compile what is right and refuse what is not', async () => {
    expect(await compile(join(root, 'test/types'))).toEqual([]);
  });

  it('are refused where the expectation stands, and for their types', async () => {
    const expected: Record<string, number> = {};
    await using copy = await copied((text, file) => {
      const lines = text.split('\n');
      expected[file] = lines.filter((line) => EXPECTATION.test(line)).length;
      return lines.map((line) => (EXPECTATION.test(line) ? '//' : line)).join('\n');
    });
    const findings = await compile(copy.folder);
    const found: Record<string, number> = {};
    for (const file of await sources()) {
      const text = await readFile(join(root, 'test/types', file), 'utf8');
      const lines = new Set(findings.filter((f) => f.file === file).map(({ line }) => line));
      found[file] = text.split('\n').filter((line, i) => EXPECTATION.test(line) && lines.has(i + 2)).length;
    }
    expect(found).toEqual(expected);
    expect(Object.values(expected).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(40);
    expect(findings.filter(({ code }) => TYPOS.includes(code))).toEqual([]);
  });

  it('would fail this test if they took what they must refuse, or refused what they must take', async () => {
    const right = 'await millrace.enqueue(sendReceipt, { orderId: "42" });';
    const wrong = 'await millrace.enqueue(sendReceipt, { orderId: 42 });';
    await using copy = await copied((text, file) =>
      file === 'enqueuing.ts' ? `${text}// @ts-expect-error: taken\n${right}\n${wrong}\n` : text,
    );
    const findings = await compile(copy.folder);
    expect(findings.map(({ file, code }) => [file, code])).toEqual([
      ['enqueuing.ts', 'TS2578'],
      ['enqueuing.ts', 'TS2322'],
    ]);
  });
});
