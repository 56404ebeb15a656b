import { readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APPLICATION } from './application.ts';
import { install, type Project, pack, project, scratchDirectory, type Tarball, write } from './packed.ts';

/** A build and an installation take half a minute, and a multiple of that on a machine that does other things too. */
const PATIENCE = 240_000;

/** What each export of the package is used for first. */
const EXPORTS: Readonly<Record<string, string>> = {
  millrace: 'defineJob',
  'millrace/client': 'MillraceClient',
  'millrace/operate': 'Operator',
  'millrace/worker': 'createWorker',
  'millrace/cdk': 'Millrace',
  'millrace/local': 'startLocal',
  'millrace/testing': 'createTestMillrace',
};

/** The functions of Millrace itself: all but the application's worker. */
const FUNCTIONS = readdirSync(join(import.meta.dirname, '../../lambdas'))
  .filter((file) => file.endsWith('.ts') && file !== 'worker.ts')
  .map((file) => basename(file, '.ts'));

describe('the published package', () => {
  const cleanup = new AsyncDisposableStack();
  let directory: string;
  let tarball: Tarball;
  let repository: string;
  let esm: Project;
  let cjs: Project;

  beforeAll(async () => {
    directory = cleanup.use(await scratchDirectory()).path;
    tarball = await pack(directory);
    repository = await install(directory, tarball);
    esm = await project(repository, { name: 'esm', type: 'module' });
    cjs = await project(repository, { name: 'cjs', type: 'commonjs' });
  }, PATIENCE);

  afterAll(() => cleanup.disposeAsync());

  const installed = (path: string) => join(repository, 'node_modules/millrace', path);

  it('contains the compiled library, the command, the bundled functions, and nothing else', () => {
    const expected = [
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
      /^dist\/(lib\/[\w/-]+|bin\/millrace)\.(js|js\.map|d\.ts)$/,
      new RegExp(`^dist/functions/(${FUNCTIONS.join('|')})(/index\\.mjs|\\.mjs\\.map)$`),
    ];
    expect(tarball.files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([]);
    expect(tarball.files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist/bin/millrace.js']));
  });

  it('has maps that carry their sources', async () => {
    const maps = tarball.files.filter((file) => file.endsWith('.map'));
    expect(maps.length).toBeGreaterThan(0);
    for (const file of maps) {
      const { sources, sourcesContent } = JSON.parse(await readFile(installed(file), 'utf8')) as {
        sources: string[];
        sourcesContent: (string | null)[];
      };
      const nowhere = sources.filter((source, i) => !sourcesContent[i] && !source.includes('node_modules'));
      expect(nowhere, file).toEqual([]);
    }
  });

  it('gives every export to import and to require', async () => {
    const { exports } = JSON.parse(await readFile(installed('package.json'), 'utf8')) as { exports: object };
    const named = Object.keys(exports).map((path) => path.replace(/^\./, 'millrace'));
    expect(Object.keys(EXPORTS)).toEqual(named.filter((name) => name !== 'millrace/package.json'));
    const kinds = (load: string) =>
      Object.entries(EXPORTS).map(
        ([name, symbol]) => `console.log('${name}', typeof (${load}('${name}')).${symbol});`,
      );
    const [imported, required] = await Promise.all([
      esm.node('--input-type=module', '--eval', kinds('await import').join(' ')),
      cjs.node('--input-type=commonjs', '--eval', kinds('require').join(' ')),
    ]);
    const functions = Object.keys(EXPORTS).map((name) => `${name} function\n`);
    expect([imported, required]).toEqual([functions.join(''), functions.join('')]);
  });

  it('keeps the CDK and the local cloud out of producers and workers', async () => {
    const loaded = async (names: readonly string[]) => {
      const imports = names.map((name) => `await import('${name}');`).join(' ');
      const list = `console.log(JSON.stringify(Object.keys(createRequire(import.meta.url).cache)))`;
      const script = `import { createRequire } from 'node:module'; ${imports} ${list}`;
      const modules = JSON.parse(await esm.node('--input-type=module', '--eval', script)) as string[];
      return modules.filter((path) => /\/node_modules\/(aws-cdk-lib|constructs|fauxqs)\//.test(path));
    };
    expect(await loaded(['millrace', 'millrace/client', 'millrace/operate', 'millrace/worker'])).toEqual([]);
    expect(await loaded(['millrace/cdk'])).not.toEqual([]);
  });

  it.each(FUNCTIONS)('has the function %s bundled, complete in itself', async (name) => {
    // Without the environment that the stack gives it, its first act is to ask for that.
    const script = `
      import { createRequire } from 'node:module';
      const asked = await import('./${name}.mjs').then(() => 'nothing', ({ code }) => code);
      console.log(asked, Object.keys(createRequire(import.meta.url).cache).length);`;
    const bundle = await readFile(installed(`dist/functions/${name}/index.mjs`), 'utf8');
    const alone = join(directory, 'functions');
    await write(alone, { [`${name}.mjs`]: bundle, [`${name}.main.mjs`]: script });
    expect(await esm.node(join(alone, `${name}.main.mjs`))).toBe('ENVIRONMENT_INVALID 0\n');
  });

  it('has a command that tells its version and its usage', async () => {
    const { version } = JSON.parse(await readFile(installed('package.json'), 'utf8')) as { version: string };
    expect(await esm.bin('millrace', '--version')).toBe(`${version}\n`);
    expect(await esm.bin('millrace', '--help')).toMatch(/Usage: millrace[\s\S]+dev/);
  });

  it('compiles in a CommonJS application, and gives its stack the bundled functions', {
    timeout: PATIENCE,
  }, async () => {
    await write(cjs.directory, APPLICATION);
    await cjs.bin('tsc', '--project', '.', '--skipLibCheck');
    await cjs.node('--eval', "require('./app.js').synth('cdk.out')");
    const deployed = await deployedCode(join(cjs.directory, 'cdk.out'));
    for (const name of FUNCTIONS) {
      const bundle = await readFile(installed(`dist/functions/${name}/index.mjs`), 'utf8');
      expect(deployed.includes(bundle), name).toBe(true);
    }
  });

  it('compiles and runs an application of ES modules on the local cloud', { timeout: PATIENCE }, async () => {
    await write(esm.directory, APPLICATION);
    // Declarations included: the package's own have to hold too.
    await esm.bin('tsc', '--project', '.');
    expect(await esm.node('main.js')).toMatch(/^succeeded$/m);
    expect(await esm.node('testing.js')).toBe('succeeded succeeded receipt of o1\n');
  });
});

async function deployedCode(assembly: string): Promise<string[]> {
  const assets = (await readdir(assembly)).filter((name) => name.startsWith('asset.'));
  const files = assets.map((asset) => readFile(join(assembly, asset, 'index.mjs'), 'utf8'));
  const read = await Promise.allSettled(files);
  return read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
