import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Page, root, type ShownFile, shownFiles } from './pages.ts';
import type { Project } from './project.ts';
import { SURROUNDINGS } from './surroundings.ts';

const run = promisify(execFile);

/** What the compiler says about the code of these pages; empty: nothing. */
export async function compile(project: Project, pages: readonly Page[]): Promise<string> {
  for (const page of pages) {
    const files = shownFiles(page).map((file) => ({ ...file, text: inStack(file) }));
    await project.put(page.path, [...files, ...standIns(page, files)]);
  }
  await project.put('', [
    { name: 'surroundings.d.ts', text: SURROUNDINGS },
    { name: 'tsconfig.json', text: JSON.stringify(tsconfig(pages.map(({ path }) => `${path}/*.ts`))) },
  ]);
  const tsc = join(root, 'node_modules/.bin/tsc');
  try {
    await run(tsc, ['-p', '.', '--pretty', 'false'], { cwd: project.directory });
    return '';
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    // What is wrong in the sources themselves is for the compiler's own run to say.
    return stdout?.replaceAll(/^\.\.\/.*\n/gm, '') ?? String(error);
  }
}

/** A fragment that says `this` stands in a stack's constructor. */
function inStack({ text }: ShownFile): string {
  if (!/\bthis\b/.test(text.replaceAll(/\/\/.*$/gm, ''))) return text;
  const imports = [...text.matchAll(/^import [^;]*;$/gm)].map(([line]) => line);
  const rest = imports.reduce((left, line) => left.replace(line, ''), text);
  return [
    ...imports,
    "import { Stack as TheStack } from 'aws-cdk-lib';",
    'export class InStack extends TheStack { constructor(scope: App, id: string) { super(scope, id);',
    `${rest} } }`,
  ].join('\n');
}

/** Files of this repository that a page's code imports by a relative path, each led to where it is. */
function standIns({ path }: Page, files: readonly ShownFile[]): ShownFile[] {
  const shown = new Set(files.map(({ name }) => name));
  const specifiers = files.flatMap(({ text }) => [...text.matchAll(/from '(\.\.?\/[^']+)'/g)]);
  const missing = new Set(specifiers.map(([, specifier = '']) => specifier.replace('./', '')));
  return [...missing].flatMap((name) => {
    const places = [root, join(root, 'lambdas'), join(root, dirname(path))].map((place) => join(place, name));
    const source = places.find((place) => existsSync(place));
    return shown.has(name) || !source ? [] : [{ name, text: `export * from '${source}';\n` }];
  });
}

function tsconfig(include: readonly string[]): object {
  return {
    extends: '../../tsconfig.json',
    // A fragment may show a name and not use it; a fragment without imports is a file of its own all the same.
    compilerOptions: {
      ...{ noUnusedLocals: false, noUnusedParameters: false, moduleDetection: 'force' },
      rewriteRelativeImportExtensions: false,
    },
    include: ['surroundings.d.ts', ...include],
  };
}
