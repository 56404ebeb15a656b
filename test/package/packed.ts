import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
/** What `npm pack` and its build read. */
const SOURCES = [
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'README.md', 'LICENSE', 'CHANGELOG.md'],
  ...['bin', 'lambdas', 'lib', 'scripts'],
];
/** What a project that uses Millrace has of its own: the CDK, a schema library, the compiler's types. */
const OF_THE_PROJECT = ['aws-cdk-lib', 'constructs', 'esbuild', 'zod', '@types/node', '@types/aws-lambda'];
/** Characters of a failed program's output that a test shows: minified code comes in long lines. */
const LONGEST_COMPLAINT = 4_000;

export interface Tarball {
  readonly path: string;
  /** Paths in the package. */
  readonly files: readonly string[];
}

export interface Project {
  readonly directory: string;
  /** Runs Node in the project. */
  node(...args: readonly string[]): Promise<string>;
  /** Runs a program that is installed beside the package, or beside Millrace's source. */
  bin(name: string, ...args: readonly string[]): Promise<string>;
}

/** A directory of its own under the system's, removed at the end. */
export async function scratchDirectory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-package-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Packs a copy of the repository, so that no `dist` appears in it; `prepack` builds. */
export async function pack(scratch: string): Promise<Tarball> {
  const copy = join(scratch, 'repository');
  await mkdir(copy);
  await Promise.all(SOURCES.map((name) => cp(join(ROOT, name), join(copy, name), { recursive: true })));
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const output = await run('npm', ['pack', '--silent', '--json', '--pack-destination', scratch], copy);
  // The build's own output may come first.
  const [packed] = JSON.parse(output.slice(output.indexOf('[\n'))) as [
    { filename: string; files: { path: string }[] },
  ];
  return { path: join(scratch, packed.filename), files: packed.files.map(({ path }) => path) };
}

/** A fresh repository with the package in it, installed by npm from the tarball. Returns its directory. */
export async function install(scratch: string, tarball: Tarball): Promise<string> {
  const directory = join(scratch, 'application');
  const manifest = {
    name: 'application',
    version: '1.0.0',
    private: true,
    dependencies: { millrace: `file:${tarball.path}` },
  };
  await write(directory, {
    'package.json': JSON.stringify(manifest),
    'package-lock.json': JSON.stringify(await lockOf(manifest, tarball)),
  });
  const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['ci', ...quiet], directory);
  await Promise.all(OF_THE_PROJECT.map((dependency) => link(directory, dependency)));
  return directory;
}

/** A project of that repository: what it imports is installed a folder up. */
export async function project(
  repository: string,
  { name, type }: { name: string; type: 'module' | 'commonjs' },
): Promise<Project> {
  const directory = join(repository, name);
  await write(directory, { 'package.json': JSON.stringify({ name, private: true, type }) });
  return {
    directory,
    node: (...args) => run(process.execPath, args, directory),
    bin: (program, ...args) => run(program, args, directory),
  };
}

export async function write(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    const path = join(directory, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

/**
 * The repository's lockfile without what only development needs: the same versions, from npm's cache where `npm ci` ran
 * before, and a dependency that is not declared as one is missing.
 */
async function lockOf(manifest: { name: string; version: string }, tarball: Tarball): Promise<object> {
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devDependencies?: object }>;
  };
  const { devDependencies: _, ...millrace } = packages[''] ?? {};
  const needed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  return {
    ...{ name: manifest.name, version: manifest.version, lockfileVersion: 3, requires: true },
    packages: {
      '': manifest,
      'node_modules/millrace': { ...millrace, resolved: `file:${tarball.path}` },
      ...Object.fromEntries(needed),
    },
  };
}

async function link(directory: string, dependency: string): Promise<void> {
  const path = join(directory, 'node_modules', dependency);
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { recursive: true, force: true });
  await symlink(join(ROOT, 'node_modules', dependency), path);
}

async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const programs = [dirname(cwd), ROOT].map((directory) => join(directory, 'node_modules/.bin'));
  const PATH = [...programs, process.env['PATH']].join(':');
  // npm hands its own settings down to what it runs: an npm inside takes them for its own.
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_ENV$|^VITEST/.test(name));
  const env = { ...Object.fromEntries(inherited), PATH, NO_COLOR: '1' };
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd, env, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    const said = `${stdout ?? ''}${stderr ?? ''}`.slice(-LONGEST_COMPLAINT);
    throw new Error(`${program} ${args.join(' ').slice(0, 200)} failed\n${said}`, { cause: error });
  }
}
