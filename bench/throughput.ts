// Jobs a second through the whole local cloud, and the time from `npm run demo` to its first job's end.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App } from 'aws-cdk-lib';
import { MillraceClient } from '../lib/client/index.ts';
import { startLocal } from '../lib/local/index.ts';
import { machine, markdown, median } from './machine.ts';
import { catalog } from './throughput/catalog.ts';
import { BenchStack } from './throughput/stack.ts';

const ROUNDS = Number(process.argv[2] ?? 3);
const JOBS = Number(process.argv[3] ?? 3_000);
const WARM_UP = 300;

const rates: number[] = [];
for (let round = 0; round < ROUNDS; round++) rates.push(await rate());
const firsts: number[] = [];
for (let round = 0; round < ROUNDS; round++) firsts.push(await demoToFirstJob());
console.log(`${machine()}; ${ROUNDS} rounds, medians; ${JOBS} jobs of 300 B, enqueued by enqueueMany\n`);
console.log(
  markdown([
    ['', 'measured', 'goal'],
    ['local jobs a second, from the first enqueue to the last settle', median(rates).toFixed(0), '300'],
    ['`npm run demo` to the first job done (s)', median(firsts).toFixed(1), '10'],
  ]),
);

async function rate(): Promise<number> {
  const outdir = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const app = new App({ outdir });
    new BenchStack(app, 'MillraceBench');
    const settled = counter();
    await using cloud = await startLocal({
      app,
      onEvent: (event) => {
        if (event.type === 'log' && event.line.includes('"job settled"')) settled.count();
      },
    });
    Object.assign(process.env, cloud.env);
    const client = MillraceClient.fromEnvironment({ catalog });
    await enqueue(client, WARM_UP);
    await settled.reaches(WARM_UP);
    const started = performance.now();
    await enqueue(client, JOBS);
    await settled.reaches(WARM_UP + JOBS);
    return JOBS / ((performance.now() - started) / 1000);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

async function enqueue(client: MillraceClient<typeof catalog>, jobs: number): Promise<void> {
  const entry = { job: 'bench.touch' as const, payload: { text: 'x'.repeat(289) } };
  for (let n = 0; n < jobs; n += 100) {
    const results = await client.enqueueMany(Array.from({ length: 100 }, () => entry));
    for (const result of results) if (!result.ok) throw result.error;
  }
}

function counter() {
  let seen = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let resolve = (): void => undefined;
  const check = () => {
    if (seen >= wanted) resolve();
  };
  return {
    count() {
      seen++;
      check();
    },
    reaches(n: number): Promise<void> {
      return new Promise((done) => {
        [wanted, resolve] = [n, done];
        check();
      });
    },
  };
}

/** Seconds from the start of the process, the CDK's synthesis and bundling included. */
async function demoToFirstJob(): Promise<number> {
  const demo = new URL('../bin/demo.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [demo]);
  return Number(/first job done ([\d.]+) s/.exec(stdout)?.[1]);
}
