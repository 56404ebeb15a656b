// The worker's bundle against a bare SDK handler's: size, and the time to load it in a fresh process.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ENV } from '../lib/contract/index.ts';
import { machine, markdown, median } from './machine.ts';

const ROUNDS = Number(process.argv[2] ?? 15);
const root = new URL('..', import.meta.url).pathname;
const work = mkdtempSync(join(tmpdir(), 'millrace-bundle-'));

/** What a handler needs that keeps a record in DynamoDB and sends to SQS, by the SDK alone, with a schema and a logger. */
const BARE = `
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
const dynamodb = new DynamoDBClient({});
const sqs = new SQSClient({});
export const handler = async (event) => {
  await dynamodb.send(new PutItemCommand({ TableName: 't', Item: { pk: { S: event.id } } }));
  await sqs.send(new SendMessageCommand({ QueueUrl: 'q', MessageBody: event.id }));
};
`;
const MILLRACE = `
import { defineCatalog, defineJob } from '${root}lib/contract/index.ts';
import { createWorker } from '${root}lib/worker/index.ts';
const anything = { '~standard': { version: 1, vendor: 'bench', validate: (value) => ({ value }) } };
const catalog = defineCatalog([defineJob({ name: 'bench.bundle', schema: anything })]);
export const handler = createWorker(catalog, { 'bench.bundle': () => ({ ok: true }) });
`;

try {
  const bare = await bundle('bare', BARE);
  const millrace = await bundle('millrace', MILLRACE);
  const times: Record<'bare' | 'millrace', number[]> = { bare: [], millrace: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = { bare: initTime(bare), millrace: initTime(millrace) };
    // The first round fills the file cache.
    if (round > 0) for (const name of ['bare', 'millrace'] as const) times[name].push(pair[name]);
  }
  const size = (file: string) => statSync(file).size / 1024;
  const row = (name: string, ours: number, theirs: number) => [
    name,
    ours.toFixed(0),
    theirs.toFixed(0),
    (ours / theirs).toFixed(2),
  ];
  console.log(`${machine()}; ${ROUNDS} rounds in turn, medians; minified, SDK bundled; goal 1.3 x\n`);
  console.log(
    markdown([
      ['', 'Millrace worker', 'bare SDK handler', 'ratio'],
      row('bundle (KiB)', size(millrace), size(bare)),
      row('init (ms)', median(times.millrace), median(times.bare)),
    ]),
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function bundle(name: string, contents: string): Promise<string> {
  const outfile = join(work, `${name}.mjs`);
  const options = { bundle: true, minify: true, platform: 'node', target: 'node24', format: 'esm' } as const;
  const banner = {
    js: "import { createRequire } from 'node:module';const require=createRequire(import.meta.url);",
  };
  await build({ ...options, banner, outfile, stdin: { contents, resolveDir: root, loader: 'ts' } });
  return outfile;
}

/** Milliseconds that a fresh process takes to import the bundle: a cold start's own part. */
function initTime(file: string): number {
  const script = join(work, 'init.mjs');
  writeFileSync(
    script,
    'const t = performance.now(); await import(process.argv[2]); console.log(performance.now() - t);',
  );
  const env = {
    AWS_REGION: 'us-east-1',
    ...{
      [ENV.table]: 't',
      [ENV.pool]: 'default',
      [ENV.concurrency]: '10',
      [ENV.retention]: '1',
      [ENV.deadRetention]: '1',
    },
    [ENV.queues]: '{"default":{"normal":"https://sqs.us-east-1.amazonaws.com/1/q"}}',
  };
  return Number(execFileSync(process.execPath, [script, file], { env, encoding: 'utf8' }));
}
