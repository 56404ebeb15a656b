import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import pc from 'picocolors';
import { catalog } from '../lambdas/jobs/catalog.ts';
import { readable, synth } from '../lib/cli/index.ts';
import { type EnqueueResult, type JobView, MillraceClient } from '../lib/client/index.ts';
import { readEnvironment, sleep, systemClock } from '../lib/contract/index.ts';
import { createSqsClient } from '../lib/dispatch/index.ts';
import { type LocalCloud, startLocal } from '../lib/local/index.ts';
import { check } from './checks.ts';
import { Progress } from './progress.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { deadList, table } from './report.ts';
import { Tally } from './tally.ts';
import { planWork, putInputs } from './work.ts';

export interface DemoOptions {
  /** Where cdk.json stands. */
  readonly directory: string;
  /** Aborts to stop. */
  readonly signal: AbortSignal;
}

/** What webhooks are signed with, here and by the stack. */
const SECRET = `whsec_${Buffer.from('the demo signs with this secret.').toString('base64')}`;
/** Messages that no producer of ours sent: they have to end as quarantined records. */
const FOREIGN = ['not JSON at all', '{"v":1,"id":"half an envelope"}', '{"hello":"world"}'];
/** The longest name of a step. */
const NAME_WIDTH = 'synthesise'.length;
/** By then every job has long ended; if not, the demo says what has not. Milliseconds. */
const PATIENCE = 120_000;

/** Runs the demo; false when its sums do not hold. */
export async function runDemo({ directory, signal }: DemoOptions): Promise<boolean> {
  const outdir = await mkdtemp(join(tmpdir(), 'millrace-demo-'));
  try {
    console.log(pc.bold('Millrace: the stack of this repository, synthesised and run on this machine'));
    const tally = new Tally();
    await using receiver = await startReceiver({ secret: SECRET });
    const context = { webhookSecret: SECRET, webhookAllowPrivate: 'true' };
    const app = `"${process.execPath}" bin/app.ts`;
    await step(
      'synthesise',
      () => synth({ app, directory, context, outdir, signal }),
      () => 'the CDK app, to a CloudFormation template and bundled functions',
    );
    signal.throwIfAborted();
    await using cloud = await step(
      'start',
      () => startLocal({ app: outdir, onEvent: (event) => tally.follow(event) }),
      partsOf,
    );
    signal.throwIfAborted();
    Object.assign(process.env, cloud.env);
    const bucket = cloud.resources.all.find(({ type }) => type === 'AWS::S3::Bucket')?.physicalName ?? '';
    await putInputs({ bucket });
    return await drive({ receiver, bucket, tally, signal });
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

function partsOf({ resources }: LocalCloud): string {
  const count = (type: string) => resources.all.filter((resource) => resource.type === type).length;
  return `${count('AWS::Lambda::Function')} functions, ${count('AWS::SQS::Queue')} queues, a table, a bucket`;
}

interface DriveOptions {
  readonly receiver: Receiver;
  readonly bucket: string;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

async function drive({ receiver, bucket, tally, signal }: DriveOptions): Promise<boolean> {
  const client = MillraceClient.fromEnvironment({ catalog });
  const { jobs, duplicates } = planWork({ receiver: receiver.url, bucket });
  const enqueue = async () => {
    const accepted = (await client.enqueueMany(jobs.map(({ entry }) => entry))).map(acceptedJob);
    const again = (await client.enqueueMany(duplicates)).map(acceptedJob);
    await sendForeign();
    return { accepted, again };
  };
  const counted = `${jobs.length} jobs, ${duplicates.length} duplicates by key, ${FOREIGN.length} messages that no worker can read`;
  const { accepted, again } = await step('enqueue', enqueue, () => counted);
  console.log();

  const quarantined = await followToTheEnd({ client, tally, of: jobs.length, signal });
  console.log();
  const dropped = Map.groupBy(again, ({ id }) => nameOf(tally, id));
  const counts = new Map(
    [...dropped].map(([name, each]) => [name, each.filter((job) => job.deduplicated).length]),
  );
  console.log(table([...tally.jobs.values()], counts));
  console.log();

  const views = await Promise.all(accepted.map(({ id }) => client.get(id)));
  const dead = await listDead(client);
  console.log(deadList(dead));
  console.log();
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
  const ok = checks.every(({ problems }) => problems.length === 0);
  console.log();
  const first = ((tally.firstEnd ?? Number.NaN) / 1000).toFixed(1);
  // bench/throughput.ts reads this line.
  console.log(pc.dim(`first job done ${first} s after the start`));
  console.log(
    ok ? 'Next: npm run dev keeps the same stack running for your own program.' : 'The sums do not hold.',
  );
  return ok;
}

/** Until every job has ended and every foreign message is filed; returns how many are. */
async function followToTheEnd(options: {
  client: MillraceClient<typeof catalog>;
  tally: Tally;
  of: number;
  signal: AbortSignal;
}): Promise<number> {
  const { client, tally, of, signal } = options;
  const progress = new Progress();
  const started = Date.now();
  let quarantined = 0;
  const standing = () => ({
    done: tally.ended,
    of,
    note: `${quarantined}/${FOREIGN.length} unreadable messages filed`,
  });
  while (Date.now() - started < PATIENCE) {
    progress.draw(standing());
    if (tally.ended >= of) quarantined = (await client.listQuarantined()).messages.length;
    if (tally.ended >= of && quarantined === FOREIGN.length) break;
    await sleep(systemClock, 100, signal);
  }
  progress.end(standing());
  return quarantined;
}

/** As an operator sees them, page after page. */
async function listDead(client: MillraceClient<typeof catalog>): Promise<JobView[]> {
  const dead: JobView[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.list({ cursor });
    dead.push(...page.jobs);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return dead;
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

/** Does a step and says what it came to and how long it took; a terminal sees meanwhile that it is under way. */
async function step<T>(name: string, work: () => Promise<T>, what: (result: T) => string): Promise<T> {
  const started = Date.now();
  if (process.stdout.isTTY) process.stdout.write(pc.dim(`… ${name}`));
  const result = await work();
  const took = readable(Date.now() - started).padStart(6);
  const line = `${pc.green('✓')} ${name.padEnd(NAME_WIDTH)} ${took}  ${pc.dim(what(result))}`;
  console.log(process.stdout.isTTY ? `\r\x1b[K${line}` : line);
  return result;
}
