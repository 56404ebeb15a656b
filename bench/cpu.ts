// CPU and requests a job: Millrace against Powertools batch + idempotency, same engine, same run, in turn.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Figures } from './cpu/measure.ts';
import { createQueue, createTable, startEngines } from './engines.ts';
import { machine, markdown, median } from './machine.ts';

const ROUNDS = Number(process.argv[2] ?? 5);
const JOBS = Number(process.argv[3] ?? 2_000);
const WARM_UP = 500;
type Result = { readonly client: Figures; readonly worker: Figures };
const SUBJECTS = ['millrace', 'powertools'] as const;
const SUBJECT = new URL('./cpu/subject.ts', import.meta.url).pathname;

await using engines = await startEngines();
Object.assign(process.env, engines.env);
const results: Record<(typeof SUBJECTS)[number], Result[]> = { millrace: [], powertools: [] };
for (let round = 0; round < ROUNDS; round++) {
  for (const subject of SUBJECTS) results[subject].push(await runSubject(subject, round));
}
report();

async function runSubject(subject: (typeof SUBJECTS)[number], round: number): Promise<Result> {
  const name = `${subject}-${round}`;
  await createTable(name, subject === 'millrace' ? ['pk', 'sk'] : ['pk']);
  const args = [SUBJECT, subject, name, await createQueue(name), name, String(JOBS), String(WARM_UP)];
  const { stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 });
  return JSON.parse(stderr) as Result;
}

function report(): void {
  const figure = (subject: (typeof SUBJECTS)[number], read: (result: Result) => number) =>
    median(results[subject].map(read));
  const rows: [string, (result: Result) => number][] = [
    ['CPU a job, client (µs)', ({ client }) => client.cpu],
    ['CPU a job, worker (µs)', ({ worker }) => worker.cpu],
    ['CPU a job, both (µs)', ({ client, worker }) => client.cpu + worker.cpu],
    ['requests a job, client', ({ client }) => client.requests],
    ['requests a job, worker', ({ worker }) => worker.requests],
    ['requests a job, both', ({ client, worker }) => client.requests + worker.requests],
  ];
  console.log(`${machine()}; ${ROUNDS} rounds of ${JOBS} jobs each in turn, medians\n`);
  const body = rows.map(([name, read]) => {
    const [ours, theirs] = [figure('millrace', read), figure('powertools', read)];
    const digits = name.startsWith('CPU') ? 0 : 2;
    return [name, ours.toFixed(digits), theirs.toFixed(digits), (ours / theirs).toFixed(2)];
  });
  console.log(markdown([['', 'Millrace', 'Powertools', 'ratio'], ...body]));
}
