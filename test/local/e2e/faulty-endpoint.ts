import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A request of the AWS JSON protocol. */
export interface ApiRequest {
  /** For example `UpdateItem`. */
  readonly operation: string;
  readonly body: string;
}

/** `pass`: to the engine and back. `throttle`: refused for want of capacity. `lose-answer`: performed, and the connection ends before the answer. */
export type Fate = 'pass' | 'throttle' | 'lose-answer';

export interface FaultyEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** What each request meets from now on. */
  fate: (request: ApiRequest) => Fate;
  /** How many requests have met anything but `pass`. */
  readonly faults: number;
}

/** A DynamoDB that has bad moments: an HTTP server in front of a real engine. */
export async function startFaultyEndpoint({ upstream }: { upstream: string }): Promise<FaultyEndpoint> {
  const agent = new Agent({ keepAlive: true });
  let faults = 0;
  const server = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    const fate = endpoint.fate({ operation, body: body.toString() });
    if (fate !== 'pass') faults += 1;
    if (fate === 'throttle') return throttle(outgoing);
    const { method, headers, url = '/' } = incoming;
    const sent = httpRequest(new URL(url, upstream), { method, headers, agent }).end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    if (fate === 'pass')
      return void answer.pipe(outgoing.writeHead(answer.statusCode ?? 500, answer.headers));
    await buffer(answer);
    outgoing.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  const endpoint: FaultyEndpoint = {
    endpoint: `http://127.0.0.1:${address.port}`,
    fate: () => 'pass',
    get faults() {
      return faults;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
  return endpoint;
}

function throttle(outgoing: ServerResponse): void {
  outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(
    JSON.stringify({
      __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
      message: 'The level of configured provisioned throughput for the table was exceeded.',
    }),
  );
}
