#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { run } from '../lib/cli/index.ts';

const { version } = JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string };
process.exitCode = await run(process.argv.slice(2), {
  version,
  directory: process.cwd(),
  print: (line) => console.log(line),
  note: (line) => console.error(line),
  columns: process.stdout.columns,
});

/** The package's own, beside `bin` in the repository and beside `dist` in the published package. */
function packageFile(): URL {
  const inDist = import.meta.url.includes('/dist/');
  return new URL(inDist ? '../../package.json' : '../package.json', import.meta.url);
}
