import { DescribeTableCommand, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { Process } from '../world/process.ts';
import type { Answer, Call } from './call.ts';

/** What a client's request handler does with a call. */
export type Send = (call: Call) => Promise<Answer>;

const DECODER = new TextDecoder();

interface SdkRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface AwsClients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
}

/** Where a client's calls go: set when a process takes the client, so that runs can share what is dear to make. */
interface Route {
  by: Process | undefined;
  send: Send | undefined;
}

const spare: { clients: AwsClients; route: Route }[] = [];

/** The AWS SDK's own clients for a process, with nothing of theirs replaced but network, signature and retry timer. */
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
 * The first call of an SDK client reads configuration files, in real time. Later ones find them read: from then on a
 * call is microtasks from end to end, and a run is the same every time.
 */
export function warmUp(): Promise<void> {
  warm ??= (async () => {
    const { clients, route } = make();
    route.by = {} as Process;
    route.send = async () => ({ status: 200, body: '{}' });
    await clients.dynamodb.send(new DescribeTableCommand({ TableName: 'warm' }));
    await clients.sqs.send(new ListQueuesCommand({}));
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
    signer: { sign: async <T>(request: T): Promise<T> => request },
    // The wire tries again as the SDK would, on the virtual clock; the SDK's own timer is a real one.
    retryStrategy: {
      acquireInitialRetryToken: async () => ({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
      refreshRetryTokenForRetry: async () => {
        throw new Error('the wire has tried again');
      },
      recordSuccess: () => undefined,
    },
    requestHandler: { handle: (request: SdkRequest) => answer(route, request) },
  };
  const dynamodb = new DynamoDBClient(config as unknown as DynamoDBClientConfig);
  const sqsConfig = { ...config, md5: false, useQueueUrlAsEndpoint: false };
  const sqs = new SQSClient(sqsConfig as unknown as SQSClientConfig);
  return { clients: { dynamodb, sqs }, route };
}

async function answer({ by, send }: Route, { headers, body }: SdkRequest) {
  if (!by || !send) throw new Error('a client that no process has makes a call');
  const [prefix = '', operation = ''] = (headers['x-amz-target'] ?? '').split('.');
  const text = typeof body === 'string' ? body : DECODER.decode(body);
  const service = prefix.startsWith('DynamoDB') ? 'dynamodb' : 'sqs';
  const input = JSON.parse(text) as Record<string, unknown>;
  const { status, body: answered } = await send({ service, operation, body: text, input, by, jobs: [] });
  return {
    response: {
      statusCode: status,
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: new Uint8Array(Buffer.from(answered)),
    },
  };
}
