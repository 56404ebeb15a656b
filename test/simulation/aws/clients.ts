import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as sqs from '@aws-sdk/client-sqs';
import type { Process } from '../world/process.ts';
import type { Answer, Call } from './call.ts';

/** What a client does with a call. */
export type Send = (call: Call) => Promise<Answer>;

export interface AwsClients {
  readonly dynamodb: dynamodb.DynamoDBClient;
  readonly sqs: sqs.SQSClient;
  readonly scheduler: scheduler.SchedulerClient;
}

/** Where a client's calls go: set when a process takes the client, so that runs can share what is dear to make. */
interface Route {
  by: Process | undefined;
  send: Send | undefined;
}

const spare: { clients: AwsClients; route: Route }[] = [];

/**
 * The AWS SDK's own clients for a process. Their `send` goes to the wire at once: command, input and output are the SDK's,
 * its errors too, but not its serialisers, which would take half of a run's time. Tries again are the wire's, on the
 * virtual clock; the SDK's timers are real ones.
 */
export function lendClients(
  by: Process,
  send: Send,
  jobsOf: JobsOf,
): { clients: AwsClients; giveBack: () => void } {
  const lent = spare.pop() ?? make();
  lent.route.by = by;
  lent.route.send = (call) => send({ ...call, jobs: jobsOf(call) });
  return { clients: lent.clients, giveBack: () => void spare.push(lent) };
}

let warm: Promise<void> | undefined;

/**
 * The first look of an SDK client at its Region is not made in microtasks. Later ones are: from then on a call is microtasks
 * from end to end, and a run is the same every time.
 */
export function warmUp(): Promise<void> {
  warm ??= (async () => {
    const { clients, route } = make();
    await clients.dynamodb.config.region();
    await clients.sqs.config.region();
    await clients.scheduler.config.region();
    spare.push({ clients, route });
  })();
  return warm;
}

/** The ids of the jobs that a call is about. */
export type JobsOf = (call: Omit<Call, 'jobs'>) => readonly string[];

function make(): { clients: AwsClients; route: Route } {
  const route: Route = { by: undefined, send: undefined };
  const config = {
    region: 'us-east-1',
    endpoint: 'http://aws.invalid',
    credentials: { accessKeyId: 'simulation', secretAccessKey: 'simulation' },
  };
  const clients = {
    dynamodb: new dynamodb.DynamoDBClient(config),
    sqs: new sqs.SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
    scheduler: new scheduler.SchedulerClient(config),
  };
  for (const [service, client] of Object.entries(clients) as [Call['service'], object][])
    Object.assign(client, { send: (command: Command) => call(route, service, command) });
  return { clients, route };
}

interface Command {
  readonly input: object;
}

/** All of them speak JSON whose fields are those of the SDK's inputs and outputs. */
async function call({ by, send }: Route, service: Call['service'], command: Command): Promise<object> {
  if (!by || !send) throw new Error('a client that no process has makes a call');
  const operation = command.constructor.name.replace(/Command$/, '');
  const body = JSON.stringify(command.input);
  const input = JSON.parse(body) as Record<string, unknown>;
  const answer = await send({ service, operation, body, input, by, jobs: [] });
  const output = JSON.parse(answer.body) as Record<string, unknown>;
  if (answer.status === 200) return output;
  throw exception(service, output);
}

const EXCEPTIONS = { dynamodb, sqs, scheduler } as const;
const BASES = {
  dynamodb: dynamodb.DynamoDBServiceException,
  sqs: sqs.SQSServiceException,
  scheduler: scheduler.SchedulerServiceException,
} as const;

/** The SDK's exception of an error that a service answered. */
function exception(service: Call['service'], answered: Record<string, unknown>): Error {
  const { __type, ...fields } = answered;
  const name = String(__type).replace(/^.*#/, '');
  const known = (EXCEPTIONS[service] as Record<string, unknown>)[name];
  const message = String(fields['message'] ?? fields['Message'] ?? name);
  const options = { ...fields, message, $metadata: { httpStatusCode: 400 } };
  if (typeof known === 'function') return new (known as new (options: object) => Error)(options);
  return new BASES[service]({ ...options, name, $fault: 'client' });
}
