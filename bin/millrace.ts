#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { createProgram, explain } from '../lib/cli/index.ts';

const { version } = JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string };
const program = createProgram({
  version,
  directory: process.cwd(),
  print: (line) => console.log(line),
  columns: process.stdout.columns,
});
try {
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

/** The package's own, beside `bin` in the repository and beside `dist` in the published package. */
function packageFile(): URL {
  const inDist = import.meta.url.includes('/dist/');
  return new URL(inDist ? '../../package.json' : '../package.json', import.meta.url);
}
