import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { root, type ShownFile } from './pages.ts';

/** Folders of a project that is laid out as the pages say, in which `millrace` is this repository's own source. */
export interface Project extends AsyncDisposable {
  readonly directory: string;
  /** Puts files into a folder of the project and returns its path. */
  put(folder: string, files: readonly ShownFile[]): Promise<string>;
}

/**
 * Makes a project beside the sources, so that it finds what `npm ci` has installed. Node strips no types below
 * `node_modules`: the package is a link to a folder that stands outside of it.
 */
export async function makeProject(): Promise<Project> {
  const cache = join(root, '.cache');
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, 'docs-'));
  const put = async (folder: string, files: readonly ShownFile[]): Promise<string> => {
    const path = join(directory, folder);
    await mkdir(path, { recursive: true });
    for (const { name, text } of files) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    }
    return path;
  };
  await put('package', await packageFiles(join(directory, 'package')));
  await put('', [{ name: 'package.json', text: JSON.stringify({ type: 'module' }) }]);
  await mkdir(join(directory, 'node_modules'));
  await symlink(join(directory, 'package'), join(directory, 'node_modules/millrace'));
  return {
    directory,
    put,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The package's exports as they are published, each led to the source that it is compiled from. */
async function packageFiles(directory: string): Promise<ShownFile[]> {
  const { name, exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    name: string;
    exports: Record<string, string>;
  };
  const code = Object.entries(exports).filter(([, target]) => target.endsWith('.js'));
  const fileOf = (target: string) => `${target.split('/').at(-2)}.ts`;
  const files = code.map(([, target]) => {
    const source = join(root, target.replace('./dist/', '').replace('.js', '.ts'));
    return { name: fileOf(target), text: `export * from '${relative(directory, source)}';\n` };
  });
  const entries = Object.fromEntries(code.map(([entry, target]) => [entry, `./${fileOf(target)}`]));
  const manifest = JSON.stringify({ name, type: 'module', exports: entries });
  return [...files, { name: 'package.json', text: manifest }];
}
