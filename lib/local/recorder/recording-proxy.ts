import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Engine, localCredentials, readSignature, withAccessKey } from '../engines/index.ts';
import { listen } from '../listen.ts';
import type { WireRequest } from './recorded-call.ts';

export interface Observation {
  readonly accessKeyId: string;
  readonly service: string;
  readonly request: WireRequest;
  readonly status: number;
}

export interface RecordingProxyOptions {
  /** Where the requests go. */
  readonly upstream: string;
  /** Called once for each signed request that was answered. */
  readonly onCall: (call: Observation) => void;
}

/** An HTTP server in front of an engine that tells `onCall` who asked for what, and passes everything on unchanged. */
export async function startRecordingProxy({ upstream, onCall }: RecordingProxyOptions): Promise<Engine> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    forward({ incoming, outgoing, upstream: new URL(upstream), agent, onCall }).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  const { endpoint, ...listening } = await listen(server);
  return {
    endpoint,
    [Symbol.asyncDispose]: async () => {
      agent.destroy();
      await listening[Symbol.asyncDispose]();
    },
  };
}

interface ForwardOptions {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly upstream: URL;
  readonly agent: Agent;
  readonly onCall: (call: Observation) => void;
}

async function forward({ incoming, outgoing, upstream, agent, onCall }: ForwardOptions): Promise<void> {
  const body = await buffer(incoming);
  const { method = 'GET', url = '/', headers } = incoming;
  const authorization = headers.authorization;
  const secure = upstream.protocol === 'https:';
  const sent = (secure ? httpsRequest : httpRequest)(new URL(url, upstream), {
    method,
    ...(secure ? {} : { agent }),
    // The engine sees one key for everybody: DynamoDB Local keeps separate tables for each.
    headers: upstreamHeaders(headers, authorization),
  });
  // An engine may answer before it has read everything, and hang up: its answer counts, and the broken pipe does not.
  sent.on('error', () => undefined);
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const status = answer.statusCode ?? 0;
  const signature = readSignature(authorization);
  if (signature !== undefined) {
    const { accessKeyId, service } = signature;
    onCall({ accessKeyId, service, status, request: wireRequest({ method, url, headers, body }) });
  }
  outgoing.writeHead(status, answer.headers);
  await pipeline(answer, outgoing);
}

function upstreamHeaders(
  headers: IncomingMessage['headers'],
  authorization: string | undefined,
): OutgoingHttpHeaders {
  if (authorization === undefined) return headers;
  return { ...headers, authorization: withAccessKey(authorization, localCredentials.accessKeyId) };
}

interface Raw {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function wireRequest({ method, url, headers, body }: Raw): WireRequest {
  return {
    method,
    url,
    target: single(headers['x-amz-target']),
    copySource: single(headers['x-amz-copy-source']),
    body: body.toString(),
  };
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
