import { Agent, type IncomingMessage, request } from 'node:http';
import { type Clock, sleep } from '../../contract/index.ts';
import { localCredentials } from '../engines/index.ts';
import { EngineError } from './errors.ts';

const TRIES = 3;
const RETRY_MS = 50;

export interface AwsJsonOptions {
  /** An engine on this machine, over plain HTTP. */
  readonly endpoint: string;
  readonly region: string;
  readonly service: 'sqs' | 'dynamodb';
  /** What stands before the operation in `X-Amz-Target`. */
  readonly target: string;
  readonly clock: Clock;
}

/**
 * A client of AWS's JSON protocol for engines on this machine. The event sources of the local cloud make most of its
 * calls, and the SDK's signing and middleware would cost more than everything else that they do; no engine checks a
 * signature.
 */
export class AwsJsonClient implements Disposable {
  readonly #options: AwsJsonOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: URL;
  readonly #authorization: string;

  constructor(options: AwsJsonOptions) {
    this.#options = options;
    this.#url = new URL(options.endpoint);
    // Engines read the Region from the credential's scope; DynamoDB Local keeps its tables by the access key too.
    const scope = `${localCredentials.accessKeyId}/20260101/${options.region}/${options.service}/aws4_request`;
    this.#authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  }

  /**
   * Calls one operation and gives its answer as it came. Tries again by itself where the connection broke or the
   * engine failed.
   *
   * @throws EngineError when the engine refuses, or cannot be reached in three tries; the signal's reason on abort
   */
  async call(operation: string, body: object, options: { signal?: AbortSignal } = {}): Promise<unknown> {
    const { signal } = options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(operation, JSON.stringify(body), signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof EngineError) || !error.retryable || attempt === TRIES) throw error;
        await sleep(this.#options.clock, RETRY_MS * attempt, signal);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #once(operation: string, body: string, signal: AbortSignal | undefined): Promise<unknown> {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
      'x-amz-target': `${this.#options.target}.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization: this.#authorization,
    };
    return new Promise((resolve, reject) => {
      const unreachable = (cause: Error) => {
        const { message } = cause;
        reject(new EngineError({ operation, errorType: 'ConnectionError', message, retryable: true, cause }));
      };
      const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers, signal }, (response) => {
        readBody(response).then((text) => {
          try {
            resolve(answerOf({ operation, status: response.statusCode ?? 0, text }));
          } catch (error) {
            reject(error);
          }
        }, unreachable);
      });
      sent.once('error', unreachable);
      sent.end(body);
    });
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function answerOf({ operation, status, text }: { operation: string; status: number; text: string }): unknown {
  if (status === 200) return JSON.parse(text);
  const refused = (errorType: string, message: string) =>
    new EngineError({ operation, errorType, message, retryable: status >= 500 });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Not an answer of the protocol: whatever listens there said this.
    throw refused(`HTTP ${status}`, text.slice(0, 200));
  }
  const { __type: type, message } = Object(parsed) as { __type?: unknown; message?: unknown };
  throw refused(String(type ?? `HTTP ${status}`).replace(/^.*#/, ''), String(message ?? ''));
}
