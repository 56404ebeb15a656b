import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type AssemblyStack, readAssembly, type Synthesisable } from './assembly.ts';
import { deploy, refuseUnknownTypes, selectStacks } from './deploy.ts';
import { type Engine, localCredentials, startDynoxide, startFauxqs } from './engines/index.ts';
import { awsEnvironment, type Endpoints, type EngineEndpoints, outputEnvironment } from './environment.ts';
import { createFunctionHost, type FunctionHost, type LocalEventSink } from './functions/index.ts';
import { startLambdaApi } from './lambda-api/index.ts';
import { LocalCloud } from './local-cloud.ts';
import { registerChild } from './reaper.ts';
import { type Recorder, startRecorder } from './recorder/index.ts';
import type { EngineClients, Plan } from './resources/index.ts';
import { startSchedules } from './schedules.ts';

/** Where an environment-agnostic app runs, as with the SDKs' own documentation examples. */
const DEFAULT_REGION = 'us-east-1';
/** fauxqs knows no other account. */
const ACCOUNT = '000000000000';

export interface StartLocalOptions {
  /** A cloud assembly's directory (`cdk.out`), or a CDK `App`. */
  readonly app: string | Synthesisable;
  /**
   * Another DynamoDB instead of the built-in engine, such as DynamoDB Local. Tables get a name of this run's own there
   * and are deleted at the end.
   *
   * @default - the built-in engine, in memory
   */
  readonly dynamodbEndpoint?: string;
  /**
   * Names of the stacks to start; their dependencies come along.
   *
   * @default - all
   */
  readonly stacks?: readonly string[];
  /**
   * Told what functions do: invocations, their logs and failures.
   *
   * @default - nobody
   */
  readonly onEvent?: LocalEventSink;
  /**
   * Write down every AWS call with the function that made it, for `requests()`. Costs a hop on every call.
   *
   * @default false
   */
  readonly recordCalls?: boolean;
}

/**
 * Runs the synthesised stacks of an app on this machine.
 *
 * @throws AssemblyError, TemplateUnsupportedError, TemplateInvalidError, EngineMissingError, EngineStartError; nothing
 *   is left running then
 * @example
 * ```ts
 * await using cloud = await startLocal({ app: 'cdk.out' });
 * Object.assign(process.env, cloud.env);
 * ```
 */
export async function startLocal(options: StartLocalOptions): Promise<LocalCloud> {
  const cleanups: (() => PromiseLike<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    // Last in, first out; one that fails does not keep the others from running.
    const results: PromiseSettledResult<unknown>[] = [];
    for (const cleanup of cleanups.splice(0).reverse())
      results.push(...(await Promise.allSettled([cleanup()])));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  try {
    return await start(options, { onStop: (cleanup) => cleanups.push(cleanup), stop });
  } catch (error) {
    const [stopped] = await Promise.allSettled([stop()]);
    if (stopped.status === 'fulfilled') throw error;
    throw new AggregateError(
      [error, stopped.reason],
      'The local cloud did not start, and did not stop cleanly',
    );
  }
}

interface Lifetime {
  onStop(cleanup: () => PromiseLike<unknown>): void;
  readonly stop: () => Promise<void>;
}

async function start(options: StartLocalOptions, life: Lifetime): Promise<LocalCloud> {
  const { app, stacks: names, onEvent = () => undefined, recordCalls = false } = options;
  const assembly = await readAssembly(app);
  const stacks = selectStacks(assembly.stacks, names);
  refuseUnknownTypes(stacks);
  const region = regionOf(stacks);
  const engines = await startEngines({ ...options, region, life });
  const host = createFunctionHost({
    sqsEndpoint: engines.fauxqs,
    dynamodbEndpoint: engines.dynamodb,
    region,
    registerChild,
    onEvent,
  });
  const lambdaApi = await startLambdaApi(host);
  life.onStop(() => lambdaApi[Symbol.asyncDispose]());
  const { scheduler, ready } = await startSchedules({
    sqsEndpoint: engines.fauxqs,
    region,
    account: ACCOUNT,
    host,
    onEvent,
  });
  life.onStop(() => scheduler[Symbol.asyncDispose]());
  const emulated = { ...engines, lambda: lambdaApi.endpoint, scheduler: scheduler.endpoint };
  const recorder = recordCalls ? await startRecorder(emulated) : undefined;
  if (recorder !== undefined) life.onStop(() => recorder[Symbol.asyncDispose]());
  const endpoints = recorder?.endpoints ?? emulated;
  const plan = planFor({ ...options, region, engines, scheduler: scheduler.endpoint, endpoints, life });
  const deployment = await deploy({ stacks, plan });
  // Stopped first of all: until then its functions need what they call.
  life.onStop(() => host[Symbol.asyncDispose]());
  fill({ host, plan, endpoints, recorder });
  await host.start();
  ready();
  return new LocalCloud({
    assembly,
    deployment,
    plan,
    host,
    recorder,
    scheduler,
    env: { ...awsEnvironment({ endpoints, region }), ...outputEnvironment(deployment.outputs) },
    stop: life.stop,
  });
}

function regionOf(stacks: readonly AssemblyStack[]): string {
  return stacks.find((stack) => stack.region !== undefined)?.region ?? DEFAULT_REGION;
}

interface EngineOptions {
  readonly region: string;
  readonly dynamodbEndpoint?: string;
  readonly life: Lifetime;
}

async function startEngines({ region, dynamodbEndpoint, life }: EngineOptions): Promise<EngineEndpoints> {
  const owned = async (starting: Promise<Engine>): Promise<string> => {
    const engine = await starting;
    life.onStop(() => engine[Symbol.asyncDispose]());
    return engine.endpoint;
  };
  // Settled, not raced: when one fails, the other has to be known before it can be stopped.
  const [fauxqs, dynamodb] = await Promise.allSettled([
    owned(startFauxqs({ region })),
    dynamodbEndpoint === undefined ? owned(startDynoxide()) : dynamodbEndpoint.replace(/\/$/, ''),
  ]);
  if (fauxqs.status === 'rejected') throw fauxqs.reason;
  if (dynamodb.status === 'rejected') throw dynamodb.reason;
  return { fauxqs: fauxqs.value, dynamodb: dynamodb.value };
}

interface PlanOptions extends EngineOptions {
  readonly engines: EngineEndpoints;
  readonly scheduler: string;
  readonly endpoints: Endpoints;
}

function planFor({ region, dynamodbEndpoint, engines, scheduler, endpoints, life }: PlanOptions): Plan {
  const clients = clientsOf({ ...engines, scheduler }, region);
  const tables = new Map<string, string>();
  life.onStop(async () => {
    if (dynamodbEndpoint !== undefined) await deleteTables(clients.dynamodb, [...tables.keys()]);
    for (const client of Object.values(clients)) client.destroy();
  });
  return {
    surroundings: { region, account: ACCOUNT, partition: 'aws' },
    clients,
    sqsEndpoint: endpoints.fauxqs,
    tableRun: dynamodbEndpoint === undefined ? '' : randomUUID(),
    scratch: scratchDirectory(life),
    functions: new Map(),
    eventSources: [],
    queues: new Map(),
    streams: new Map(),
    tables,
    roles: new Map(),
    managedPolicies: new Map(),
    secrets: new Map(),
    notEmulated: new Map(),
  };
}

function scratchDirectory(life: Lifetime): () => Promise<string> {
  let made: Promise<string> | undefined;
  return () => {
    made ??= mkdtemp(join(tmpdir(), 'millrace-local-')).then((directory) => {
      life.onStop(() => rm(directory, { recursive: true, force: true }));
      return directory;
    });
    return made;
  };
}

function clientsOf(
  engines: EngineEndpoints & { readonly scheduler: string },
  region: string,
): EngineClients & Record<string, { destroy(): void }> {
  const common = { region, credentials: localCredentials };
  return {
    sqs: new SQSClient({ ...common, endpoint: engines.fauxqs }),
    s3: new S3Client({ ...common, endpoint: engines.fauxqs, forcePathStyle: true }),
    dynamodb: new DynamoDBClient({ ...common, endpoint: engines.dynamodb }),
    scheduler: new SchedulerClient({ ...common, endpoint: engines.scheduler }),
  };
}

async function deleteTables(client: DynamoDBClient, tables: readonly string[]): Promise<void> {
  for (const TableName of tables) await client.send(new DeleteTableCommand({ TableName }));
}

interface FillOptions {
  readonly host: FunctionHost;
  readonly plan: Plan;
  readonly endpoints: Endpoints;
  readonly recorder: Recorder | undefined;
}

function fill({ host, plan, endpoints, recorder }: FillOptions): void {
  const { region } = plan.surroundings;
  for (const planned of plan.functions.values()) {
    // Signed by its name, a call tells the recorder who made it.
    const accessKeyId = recorder === undefined ? undefined : planned.name;
    const aws = awsEnvironment({ endpoints, region, accessKeyId });
    host.addFunction({ ...planned, environment: { ...planned.environment, ...aws } });
  }
  for (const source of plan.eventSources) {
    if ('queueArn' in source) host.addSqsEventSource(source);
    else host.addStreamEventSource(source);
  }
}
