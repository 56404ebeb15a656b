// The functions that are Millrace's own, bundled into dist/functions: a user's stack deploys them as they are, and
// bundles only the user's worker. lib/constructs/system-function.ts looks for them there.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { BUNDLE_OPTIONS } from '../lib/constructs/bundle.ts';

const FUNCTIONS = ['lifecycle', 'recorder', 'sweeper'];

const OPTIONS = {
  ...BUNDLE_OPTIONS,
  sourcemap: 'external',
  legalComments: 'eof',
  write: false,
} as const satisfies BuildOptions;

for (const name of FUNCTIONS) {
  const outfile = `dist/functions/${name}/index.mjs`;
  const { outputFiles = [] } = await build({ ...OPTIONS, entryPoints: [`lambdas/${name}.ts`], outfile });
  await mkdir(dirname(outfile), { recursive: true });
  for (const { path, contents, text } of outputFiles) {
    if (path.endsWith('.map')) await writeFile(`dist/functions/${name}.mjs.map`, withOwnSources(text));
    else await writeFile(outfile, contents);
  }
}

/** A map that reads stack traces of a deployed function; beside its folder, since it is of no use in Lambda. */
function withOwnSources(text: string): string {
  const map = JSON.parse(text) as { sources: string[]; sourcesContent: (string | null)[] };
  const foreign = (source: string | undefined) => source?.includes('node_modules') ?? true;
  map.sourcesContent = map.sourcesContent.map((content, i) => (foreign(map.sources[i]) ? null : content));
  return JSON.stringify(map);
}
