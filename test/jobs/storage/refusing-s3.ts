import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Client } from '@aws-sdk/client-s3';
import { clientOf } from './local-s3.ts';

/** An S3 on a free port that answers as it is told: for what an emulator never does. */
export class RefusingS3 implements AsyncDisposable {
  readonly s3: S3Client;
  readonly requests: string[] = [];
  #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request) => this.requests.push(`${request.method} ${request.url}`));
    this.s3 = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  static async start(answer: RequestListener): Promise<RefusingS3> {
    const server = createServer(answer);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RefusingS3(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.s3.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** An error in the form that S3 gives it. */
export function s3Error(httpStatus: number, code: string): RequestListener {
  return (request, response) => {
    request.resume();
    response.writeHead(httpStatus, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
  };
}
