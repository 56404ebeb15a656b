import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

interface Complaint {
  readonly file: string;
  readonly message: string;
}

describe('the import-order rule', () => {
  const wrong: Record<string, { source: string; message: RegExp }> = {
    'lib/contract/a.ts': { source: `'../state/index.ts'`, message: /contract imports nothing of ours/ },
    'lib/observe/a.ts': { source: `'../client/index.ts'`, message: /observe knows contract alone/ },
    'lib/dispatch/a.ts': { source: `'../state/index.ts'`, message: /dispatch .* knows nothing of records/ },
    'lib/state/a.ts': { source: `'../worker/index.ts'`, message: /state .* knows nothing of who makes/ },
    'lib/client/a.ts': { source: `'../worker/index.ts'`, message: /client runs in the application/ },
    'lib/client/c.ts': { source: `'../operate/index.ts'`, message: /client runs in the application/ },
    'lib/operate/a.ts': { source: `'../worker/index.ts'`, message: /operate is what people/ },
    'lib/worker/c.ts': { source: `'../operate/index.ts'`, message: /worker is bundled/ },
    'lib/worker/a.ts': { source: `'../lifecycle/index.ts'`, message: /worker is bundled/ },
    'lib/lifecycle/a.ts': { source: `'../constructs/index.ts'`, message: /lifecycle is bundled/ },
    'lib/constructs/a.ts': { source: `'../local/index.ts'`, message: /constructs describes the stack/ },
    'lib/constructs/rules/a.ts': {
      source: `'../../local/index.ts'`,
      message: /constructs describes the stack/,
    },
    'lib/local/a.ts': { source: `'../cli/index.ts'`, message: /knows no command/ },
    'lib/local/c.ts': { source: `'../testing/index.ts'`, message: /knows no command/ },
    'lib/worker/d.ts': { source: `'../testing/index.ts'`, message: /worker is bundled/ },
    'lib/testing/a.ts': { source: `'../constructs/index.ts'`, message: /knows no stack/ },
    'lib/testing/b.ts': { source: `'../local/engines/index.ts'`, message: /through its index\.ts/ },
    'lib/cli/b.ts': { source: `'../testing/index.ts'`, message: /testing is for tests/ },
    'lib/cli/a.ts': { source: `'../../bin/app.ts'`, message: /lib is what others build on/ },
    'lib/worker/b.ts': { source: `'../state/record.ts'`, message: /through its index\.ts/ },
    'lambdas/jobs/a.ts': { source: `'../../lib/worker/handler.ts'`, message: /through its index\.ts/ },
    'lambdas/a.ts': { source: `'../lib/constructs/index.ts'`, message: /stays out of its bundle/ },
    'bin/a.ts': { source: `'../lib/cli/program.ts'`, message: /through its index\.ts/ },
    'lib/client/b.ts': { source: `'aws-cdk-lib/aws-sqs'`, message: /import the CDK/ },
    'lib/local/b.ts': { source: `'constructs'`, message: /import the CDK/ },
    'lambdas/b.ts': { source: `'aws-cdk-lib'`, message: /import the CDK/ },
  };
  const right: Record<string, string> = {
    'lib/contract/ok.ts': `'./envelope.ts'`,
    'lib/operate/ok.ts': `'../client/index.ts'`,
    'lib/testing/ok.ts': `'../local/index.ts'`,
    'lib/cli/ok.ts': `'../operate/index.ts'`,
    'lib/worker/ok.ts': `'../state/index.ts'`,
    'lib/constructs/ok.ts': `'aws-cdk-lib/aws-sqs'`,
    'lib/constructs/rules/ok.ts': `'../defaults.ts'`,
    'lib/local/functions/ok.ts': `'../../contract/index.ts'`,
    'lib/local/scheduler/ok.ts': `'../../contract/calendar/index.ts'`,
    'lib/client/ok.ts': `'@aws-sdk/client-sqs'`,
    'lambdas/ok.ts': `'../lib/worker/index.ts'`,
    'bin/ok.ts': `'aws-cdk-lib'`,
    'test/state/ok.ts': `'../../lib/state/record.ts'`,
  };
  const forms: Record<string, string> = {
    'lib/contract/form-export.ts': `export { a } from '../state/index.ts';`,
    'lib/contract/form-type.ts': `import type { A } from '../state/index.ts';\nexport type B = A;`,
    'lib/contract/form-inline.ts': `export type B = import('../state/index.ts').A;`,
    'lib/contract/form-lazy.ts': `export const load = () => import('../state/index.ts');`,
  };
  let directory: string;
  let complaints: readonly Complaint[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-lint-'));
    const files = {
      ...Object.fromEntries(Object.entries(wrong).map(([file, { source }]) => [file, importing(source)])),
      ...Object.fromEntries(Object.entries(right).map(([file, source]) => [file, importing(source)])),
      ...forms,
    };
    await Promise.all(Object.entries(files).map(([file, text]) => write(directory, { file, text })));
    await copyRules(directory);
    complaints = await lint(directory);
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.each(Object.entries(wrong))('refuses in %s the import of $source', (file, { message }) => {
    expect(complaints.filter((complaint) => complaint.file === file).map((one) => one.message)).toEqual([
      expect.stringMatching(message),
    ]);
  });

  it.each(Object.entries(right))('allows in %s the import of %s', (file) => {
    expect(complaints.filter((complaint) => complaint.file === file)).toEqual([]);
  });

  it.each(Object.keys(forms))('sees every form of import: %s', (file) => {
    expect(complaints.filter((complaint) => complaint.file === file)).toEqual([
      { file, message: expect.stringContaining('contract imports nothing of ours') },
    ]);
  });
});

function importing(source: string): string {
  return `import { a } from ${source};\n\nexport const b = a;\n`;
}

async function write(directory: string, { file, text }: { file: string; text: string }): Promise<void> {
  const path = join(directory, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** The repository's own configuration, without its need of a git repository. */
async function copyRules(directory: string): Promise<void> {
  const config = JSON.parse(await readFile(join(ROOT, 'biome.json'), 'utf8')) as object;
  await write(directory, {
    file: 'biome.json',
    text: JSON.stringify({ ...config, vcs: { enabled: false } }),
  });
  await cp(join(ROOT, 'scripts/lint'), join(directory, 'scripts/lint'), { recursive: true });
}

async function lint(directory: string): Promise<readonly Complaint[]> {
  const output = await promisify(execFile)(
    process.execPath,
    [BIOME, 'lint', '--reporter=json', '--max-diagnostics=none', '.'],
    { cwd: directory },
  ).catch((failure: { stdout: string; stderr: string }) => failure);
  if (!output.stdout.startsWith('{')) throw new Error(output.stderr);
  const { diagnostics } = JSON.parse(output.stdout) as {
    diagnostics: readonly { message: string; location: { path: string | { file: string } } }[];
  };
  return diagnostics.map(({ message, location: { path } }) => ({
    file: typeof path === 'string' ? path : path.file,
    message,
  }));
}
