import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import pc from 'picocolors';
import { catalog } from '../lambdas/jobs/catalog.ts';
import { type EnqueueResult, MillraceClient } from '../lib/client/index.ts';
import { readEnvironment } from '../lib/contract/index.ts';
import { createSqsClient } from '../lib/dispatch/index.ts';
import { startLocal } from '../lib/local/index.ts';
import { check } from './checks.ts';
import { Progress } from './progress.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { table } from './report.ts';
import { Tally } from './tally.ts';
import { planWork, putInputs } from './work.ts';

export interface DemoOptions {
  readonly secret: string;
  /** Synthesises the application into a directory. */
  readonly synth: (outdir: string) => { synth(): { directory: string } };
}

/** Messages that no producer of ours sent: they have to end as quarantined records. */
const FOREIGN = ['not JSON at all', '{"v":1,"id":"half an envelope"}', '{"hello":"world"}'];
/** By then every job has long ended; if not, the demo says what has not. Milliseconds. */
const PATIENCE = 50_000;

/** Runs the demo; false when its sums do not hold. */
export async function runDemo({ secret, synth }: DemoOptions): Promise<boolean> {
  const outdir = await mkdtemp(join(tmpdir(), 'millrace-demo-'));
  try {
    console.log(pc.bold('Millrace: synthesise the stack, start it on this machine, run jobs through it'));
    const tally = new Tally();
    await using receiver = await startReceiver({ secret });
    const started = Date.now();
    await using cloud = await startLocal({ app: synth(outdir), onEvent: (event) => tally.follow(event) });
    console.log(pc.dim(`local cloud up after ${seconds(started)}: ${cloud.functions.all.length} functions`));
    Object.assign(process.env, cloud.env);
    const bucket = cloud.resources.all.find(({ type }) => type === 'AWS::S3::Bucket')?.physicalName ?? '';
    await putInputs({ bucket });
    return await drive({ receiver, bucket, tally });
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

async function drive({
  receiver,
  bucket,
  tally,
}: {
  receiver: Receiver;
  bucket: string;
  tally: Tally;
}): Promise<boolean> {
  const client = MillraceClient.fromEnvironment({ catalog });
  const { jobs, duplicates } = planWork({ receiver: receiver.url, bucket });
  const started = Date.now();
  const accepted = (await client.enqueueMany(jobs.map(({ entry }) => entry))).map(acceptedJob);
  const again = (await client.enqueueMany(duplicates)).map(acceptedJob);
  await sendForeign();
  const note = `${accepted.length} enqueued, ${again.length} duplicates, ${FOREIGN.length} foreign messages`;
  console.log(`${note} ${pc.dim(`in ${seconds(started)}`)}`);

  const quarantined = await followToTheEnd({ client, tally, of: jobs.length, started });
  console.log(
    pc.dim(`first job done ${((tally.firstEnd ?? Number.NaN) / 1000).toFixed(1)} s after the start`),
  );
  console.log();
  const dropped = Map.groupBy(again, ({ id }) => nameOf(tally, id));
  const counts = new Map(
    [...dropped].map(([name, each]) => [name, each.filter((job) => job.deduplicated).length]),
  );
  console.log(table([...tally.jobs.values()], counts));
  console.log();

  const views = await Promise.all(accepted.map(({ id }) => client.get(id)));
  const { jobs: dead } = await client.list();
  const checks = check({
    jobs: jobs.map((expected, i) => ({ expected, id: accepted[i]?.id ?? '', view: views[i] })),
    duplicatesAccepted: again.filter((job) => !job.deduplicated).length,
    ...{ receiver, tally },
    quarantined: { found: quarantined, sent: FOREIGN.length },
    listedDead: new Set(dead.map(({ id }) => id)),
  });
  for (const { name, problems } of checks) {
    console.log(problems.length === 0 ? `${pc.green('✓')} ${name}` : `${pc.red('✗')} ${name}`);
    for (const problem of problems.slice(0, 5)) console.log(pc.red(`    ${problem}`));
    if (problems.length > 5) console.log(pc.red(`    and ${problems.length - 5} more`));
  }
  return checks.every(({ problems }) => problems.length === 0);
}

/** Until every job has ended and every foreign message is filed; returns how many are. */
async function followToTheEnd(options: {
  client: MillraceClient<typeof catalog>;
  tally: Tally;
  of: number;
  started: number;
}): Promise<number> {
  const { client, tally, of, started } = options;
  const progress = new Progress();
  let quarantined = 0;
  while (Date.now() - started < PATIENCE) {
    const note = `${quarantined}/${FOREIGN.length} foreign messages filed`;
    progress.draw({ done: tally.ended, of, note });
    if (tally.ended >= of && quarantined === FOREIGN.length) break;
    if (tally.ended >= of) quarantined = (await client.listQuarantined()).messages.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  progress.end();
  return quarantined;
}

async function sendForeign(): Promise<void> {
  const { queues } = readEnvironment(process.env, ['queues']);
  const sqs = createSqsClient();
  const QueueUrl = queues['default']?.normal;
  for (const MessageBody of FOREIGN) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  sqs.destroy();
}

function acceptedJob(result: EnqueueResult) {
  if (!result.ok) throw result.error;
  return result.job;
}

function nameOf(tally: Tally, id: string): string {
  const job = tally.jobs.get(id);
  return `${job?.type}/${job?.priority}`;
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
