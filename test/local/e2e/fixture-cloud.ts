import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { ListScheduleGroupsCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import { MillraceClient } from '../../../lib/client/index.ts';
import { ENDED, type Priority, readEnvironment } from '../../../lib/contract/index.ts';
import { createSqsClient } from '../../../lib/dispatch/index.ts';
import {
  type LocalCloud,
  type LocalEvent,
  type StartLocalOptions,
  startLocal,
} from '../../../lib/local/index.ts';
import { Operator } from '../../../lib/operate/index.ts';
import { nextCatalog } from './fixture/catalog.ts';
import { type Execution, Executions } from './fixture/executions.ts';
import type { FixtureStackProps } from './fixture/stack.ts';
import { sharedAssembly } from './shared-assembly.ts';

export type FixtureClient = MillraceClient<typeof nextCatalog>;

/** What a worker says when an attempt has ended. */
export interface SettledLine {
  readonly job_id: string;
  readonly job_type: string;
  readonly outcome: string;
  readonly priority: Priority;
  readonly pool: string;
  readonly tenant?: string;
}

/** The fixture's stack, running, with what a test asks it by. */
export interface FixtureCloud extends AsyncDisposable {
  readonly cloud: LocalCloud;
  readonly client: FixtureClient;
  readonly sqs: ReturnType<typeof createSqsClient>;
  readonly dynamodb: DynamoDBClient;
  readonly scheduler: SchedulerClient;
  readonly operator: Operator;
  readonly events: readonly LocalEvent[];
  /** The name of a schedule group of the stack, by a part of it. */
  groupName(part: 'OneTime' | 'Runtime'): Promise<string>;
  queueUrl(queue: { pool: string; priority: Priority }): string;
  executions(id: string): Promise<Execution[]>;
  /** Waits for as many executions of a job to have begun. */
  begun(id: string, count: number): Promise<Execution[]>;
  /** What the workers said of a job, once they have said that it ended: the record knows a little earlier. */
  settled(id: string): Promise<SettledLine[]>;
  /** Synthesises the stack anew. Returns the assembly's directory. */
  synth(props: FixtureStackProps): Promise<string>;
}

export async function startFixture(
  options: FixtureStackProps & Pick<StartLocalOptions, 'recordCalls' | 'dynamodbEndpoint'> = {},
): Promise<FixtureCloud> {
  const cleanup = new AsyncDisposableStack();
  try {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-e2e-'));
    cleanup.defer(() => rm(directory, { recursive: true, force: true }));
    let synths = 0;
    const synth = (props: FixtureStackProps): Promise<string> => {
      synths += 1;
      return synthInto(join(directory, `out-${synths}`), props);
    };
    const events: LocalEvent[] = [];
    const { recordCalls, dynamodbEndpoint, ...props } = options;
    const onEvent = (event: LocalEvent) => events.push(event);
    const plain = Object.keys(props).length === 0;
    const app = plain ? await sharedAssembly((outdir) => synthInto(outdir, {})) : await synth(props);
    const cloud = cleanup.use(await startLocal({ app, onEvent, recordCalls, dynamodbEndpoint }));
    const clients = clientsOf(cloud.env);
    cleanup.defer(async () => {
      for (const client of Object.values(clients)) client.destroy();
    });
    return {
      ...asked({ cloud, events, clients }),
      synth,
      [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
    };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

async function synthInto(outdir: string, props: FixtureStackProps): Promise<string> {
  // Only here: most files run what another has synthesised, and need no CDK.
  const [{ App }, { FixtureStack }] = await Promise.all([
    import('aws-cdk-lib'),
    import('./fixture/stack.ts'),
  ]);
  const app = new App({ outdir, analyticsReporting: false });
  new FixtureStack(app, 'Fixture', props);
  return app.synth().directory;
}

function asked({ cloud, events, clients }: Running): Omit<FixtureCloud, 'synth' | keyof AsyncDisposable> {
  const { dynamodb, sqs, s3, lambda, scheduler } = clients;
  const { queues } = readEnvironment(cloud.env, ['queues']);
  const bucket = cloud.resources.get('Fixture/Traces').physicalName;
  const executions = new Executions({ s3, bucket });
  return {
    ...{ cloud, events, sqs, dynamodb, scheduler },
    operator: Operator.fromEnvironment({ env: cloud.env, dynamodb, sqs, lambda, scheduler }),
    groupName: async (part) => {
      const { ScheduleGroups = [] } = await scheduler.send(new ListScheduleGroupsCommand({}));
      return ScheduleGroups.find(({ Name }) => Name?.includes(part))?.Name ?? '';
    },
    client: MillraceClient.fromEnvironment({ catalog: nextCatalog, env: cloud.env, dynamodb, sqs }),
    queueUrl: ({ pool, priority }) => queues[pool]?.[priority] ?? '',
    executions: (id) => executions.of(id),
    begun: (id, count) =>
      vi.waitUntil(
        async () => {
          const begun = await executions.of(id);
          return begun.length >= count ? begun : undefined;
        },
        { timeout: 60_000, interval: 50 },
      ),
    settled: (id) =>
      vi.waitUntil(
        () => {
          const lines = settledLines(events).filter((line) => line.job_id === id);
          return (ENDED as readonly string[]).includes(lines.at(-1)?.outcome ?? '') ? lines : undefined;
        },
        { timeout: 10_000 },
      ),
  };
}

function settledLines(events: readonly LocalEvent[]): SettledLine[] {
  return events
    .flatMap((event) => (event.type === 'log' && event.line.includes('"job settled"') ? event.line : []))
    .map((line) => JSON.parse(line) as SettledLine);
}

interface Running {
  readonly cloud: LocalCloud;
  readonly events: readonly LocalEvent[];
  readonly clients: ReturnType<typeof clientsOf>;
}

export function clientsOf(env: LocalCloud['env']) {
  const common = {
    region: env['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
  return {
    dynamodb: new DynamoDBClient({ ...common, endpoint: env['AWS_ENDPOINT_URL_DYNAMODB'] }),
    sqs: createSqsClient({ ...common, endpoint: env['AWS_ENDPOINT_URL_SQS'] }),
    lambda: new LambdaClient({ ...common, endpoint: env['AWS_ENDPOINT_URL_LAMBDA'] }),
    scheduler: new SchedulerClient({ ...common, endpoint: env['AWS_ENDPOINT_URL_SCHEDULER'] }),
    s3: new S3Client({ ...common, endpoint: env['AWS_ENDPOINT_URL_S3'], forcePathStyle: true }),
  };
}

/**
 * Shortens how long the messages of a pool stay away that a dead sandbox held. The stack's own least value counts for
 * AWS, where pollers take their time.
 */
export async function shortenVisibility(
  { sqs, queueUrl }: FixtureCloud,
  { pool, seconds }: { pool: string; seconds: number },
): Promise<void> {
  for (const priority of ['critical', 'high', 'normal', 'low'] as const) {
    const Attributes = { VisibilityTimeout: String(seconds) };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl({ pool, priority }), Attributes }));
  }
}
