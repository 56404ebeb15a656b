import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What the engine answered. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** The engine wants to see a signature; it does not check it. */
const SIGNATURE =
  'AWS4-HMAC-SHA256 Credential=local/20270101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';

/**
 * One connection to a DynamoDB engine, one request at a time: HTTP/1.1 as bare as the engine takes it, because a run
 * makes a thousand requests and is to take a third of a second.
 */
export class EngineConnection implements Disposable {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (answer: EngineAnswer) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (data: Buffer) => this.#take(data));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the DynamoDB engine closed the connection')));
  }

  static async open(endpoint: string): Promise<EngineConnection> {
    const { hostname, port } = new URL(endpoint);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new EngineConnection(socket);
  }

  /** Sends one operation's JSON, such as `PutItem`. */
  send(operation: string, body: string): Promise<EngineAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(
        `POST / HTTP/1.1\r\nHost: engine\r\nX-Amz-Target: DynamoDB_20120810.${operation}\r\n` +
          `Content-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20270101T000000Z\r\nAuthorization: ${SIGNATURE}\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #take(data: Buffer): void {
    this.#received = this.#received.length > 0 ? Buffer.concat([this.#received, data]) : data;
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    const end = headEnd + HEAD_END.length + length;
    if (this.#received.length < end) return;
    const body = this.#received.toString('utf8', headEnd + HEAD_END.length, end);
    this.#received = this.#received.subarray(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }
}
