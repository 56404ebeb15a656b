import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** How a receiver answers one request; by default 204. */
export type Answering = RequestListener;

/** A customer's endpoint: a real HTTP server on a free port that answers as told and remembers what came. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  #server: Server;
  #script: Answering[] = [];
  #arrivals: Array<() => void> = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', async (request, response) => {
      this.received.push(await read(request));
      const answer = this.#script.shift() ?? ((_request, plain) => plain.writeHead(204).end());
      answer(request, response);
      for (const arrived of this.#arrivals.splice(0)) arrived();
    });
  }

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks`;
  }

  /** The answers to the next requests, in order. */
  answers(...script: Answering[]): void {
    this.#script.push(...script);
  }

  /** Resolves when the next request has come and its answer has begun. */
  arrival(): Promise<void> {
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

async function read(request: IncomingMessage): Promise<Received> {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)]));
  return { method: request.method, path: request.url, headers, body: await text(request) };
}

/** Answers with a status, headers and a body. */
export function status(code: number, headers: Record<string, string> = {}, body = ''): Answering {
  return (_request, response) => response.writeHead(code, headers).end(body);
}
