import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export interface DevApp extends AsyncDisposable {
  readonly directory: string;
  /** For temporary files, empty. */
  readonly scratch: string;
  write(file: string, source: string): Promise<void>;
}

const CATALOG = `
import * as z from 'zod';
import { defineCatalog, defineJob } from '${ROOT}/lib/contract/index.ts';
export const catalog = defineCatalog([
  defineJob({ name: 'greeting.send', schema: z.object({ name: z.string() }), timeout: '5s' }),
]);
`;

const WORKER = `
import { createWorker } from '${ROOT}/lib/worker/index.ts';
import { catalog } from './catalog.ts';
import { greet } from './greet.ts';
export const handler = createWorker(catalog, { 'greeting.send': greet });
`;

const APP = `
import { App, Stack } from 'aws-cdk-lib';
import { Millrace } from '${ROOT}/lib/constructs/index.ts';
import { catalog } from './catalog.ts';
const app = new App();
const stack = new Stack(app, 'Greetings');
new Millrace(stack, 'Millrace', {
  catalog,
  pools: { default: { entry: 'worker.ts' } },
  alarms: false,
  dashboard: false,
});
`;

/** The source of the one handler: it greets with a word, and logs. */
export const greeting = (word: string) => `
export const greet = async ({ name }: { name: string }, { logger }: { logger: { info(text: string): void } }) => {
  logger.info('greeting ' + name);
  return '${word} ' + name;
};
`;

/** A user's app in a directory of its own. */
export async function createDevApp(): Promise<DevApp> {
  // Below this repository, because the CDK bundles only what lies below an app's root. A directory of the name `.cache`
  // is not watched, but what lies in one is.
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  const directory = await mkdtemp(join(ROOT, '.cache', 'millrace-cli-'));
  const write = (file: string, source: string) => writeFile(join(directory, file), source);
  const scratch = join(directory, '.cache');
  await mkdir(scratch);
  await write('cdk.json', '{ "app": "node app.ts" }');
  await write('catalog.ts', CATALOG);
  await write('worker.ts', WORKER);
  await write('greet.ts', greeting('hello'));
  await write('app.ts', APP);
  return {
    directory,
    scratch,
    write,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
