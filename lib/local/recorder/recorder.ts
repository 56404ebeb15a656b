import type { Engine } from '../engines/index.ts';
import type { Endpoints } from '../environment.ts';
import type { Plan } from '../resources/index.ts';
import { impliedCalls } from './implied-calls.ts';
import { type CallShape, readCall } from './read-call.ts';
import type { ArnBook, RecordedCall } from './recorded-call.ts';
import { type Observation, startRecordingProxy } from './recording-proxy.ts';

/** Stands between functions and engines and writes down every call. */
export interface Recorder extends AsyncDisposable {
  /** What functions and clients use in place of the engines' own endpoints. */
  readonly endpoints: Endpoints;
  /** Every call so far, and those that Lambda itself would make, by the plan of the running cloud. */
  calls(plan: Plan): RecordedCall[];
}

export async function startRecorder(upstream: Endpoints): Promise<Recorder> {
  const observed: Observation[] = [];
  const onCall = (call: Observation): void => {
    observed.push(call);
  };
  const start = (endpoint: string): Promise<Engine> => startRecordingProxy({ upstream: endpoint, onCall });
  const [fauxqs, dynamodb, lambda, scheduler] = await Promise.all([
    start(upstream.fauxqs),
    start(upstream.dynamodb),
    start(upstream.lambda),
    start(upstream.scheduler),
  ]);
  const proxies = [fauxqs, dynamodb, lambda, scheduler];
  return {
    endpoints: {
      fauxqs: fauxqs.endpoint,
      dynamodb: dynamodb.endpoint,
      lambda: lambda.endpoint,
      scheduler: scheduler.endpoint,
    },
    calls: (plan) => [...observed.map((call) => recorded(call, plan)), ...impliedCalls(plan)],
    [Symbol.asyncDispose]: async () => {
      await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
    },
  };
}

/** A function signs with its own name as its access key id: that is how its calls are told from others. */
function recorded({ accessKeyId, service, request, status }: Observation, plan: Plan): RecordedCall {
  const owner = plan.functions.get(accessKeyId);
  const shape: CallShape = readCall({ service, request, arns: arnBook(plan) });
  return {
    ...(owner !== undefined && { functionName: owner.name, logicalId: owner.logicalId }),
    source: 'code',
    ...shape,
    status,
  };
}

function arnBook({ surroundings, tables }: Plan): ArnBook {
  const { partition, region, account } = surroundings;
  return {
    queue: (url) => `arn:${partition}:sqs:${region}:${account}:${url.split('/').at(-1)}`,
    table: (name) => {
      if (name.startsWith('arn:')) return name;
      return tables.get(name) ?? `arn:${partition}:dynamodb:${region}:${account}:table/${name}`;
    },
    eventSource: (id) => `arn:${partition}:lambda:${region}:${account}:event-source-mapping:${id}`,
    bucket: (name) => `arn:${partition}:s3:::${name}`,
    scheduler: (path) => `arn:${partition}:scheduler:${region}:${account}:${path}`,
  };
}
