import { promises as dns, type LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { AddressNotPublicError, isPublicAddress } from './public-address.ts';

/** Every address of a host name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export const resolveHost: Resolve = (hostname) => dns.lookup(hostname, { all: true });

export interface PostOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly resolve: Resolve;
  /** Whether loopback and private addresses are allowed. */
  readonly allowPrivate: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of the body, on one line. */
  readonly excerpt: string;
}

/** What is read of a body, in bytes, and what is shown of it, in characters. */
const BODY = { read: 4_096, shown: 200 } as const;

/**
 * One HTTP POST, redirects not followed. The name is resolved once, every address it has is checked, and the connection
 * goes to the addresses that were checked: a name that changes its answer in between gains nothing.
 *
 * @throws {AddressNotPublicError} when an address of the host is not public; anything else thrown is the network's
 */
export async function post(options: PostOptions): Promise<Answer> {
  const { url, signal, allowPrivate } = options;
  signal.throwIfAborted();
  const addresses = await unlessAborted(addressesOf(url, options.resolve), signal);
  for (const { address } of addresses) {
    if (!allowPrivate && !isPublicAddress(address)) {
      throw new AddressNotPublicError({ host: url.hostname, address });
    }
  }
  return send(options, addresses);
}

async function addressesOf(url: URL, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(literal);
  return family === 0 ? resolve(literal) : [{ address: literal, family }];
}

function send({ url, headers, body, signal }: PostOptions, addresses: readonly LookupAddress[]) {
  const lookup: LookupFunction = (_hostname, { all }, done) => {
    if (all) return done(null, [...addresses]);
    const [first] = addresses;
    done(null, first?.address ?? '', first?.family);
  };
  return new Promise<Answer>((settle, reject) => {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // No agent: a frozen function would find its kept connections dead, and each attempt goes to another host anyway.
    const sent = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent: false,
      lookup,
      signal,
    });
    let answered = false;
    const fail = (error: unknown) => {
      // Once there is a status, it decides: that the rest of the answer breaks or is late changes nothing.
      if (!answered) reject(error);
    };
    sent.on('error', fail);
    // An answer that HTTP has no use for here (101, say) closes the connection without an error.
    sent.on('close', () => fail(new Error('the connection closed without an answer')));
    sent.on('response', async (response) => {
      answered = true;
      const excerpt = await beginningOf(response);
      settle({ status: response.statusCode ?? 0, headers: response.headers, excerpt });
      response.destroy();
    });
    sent.end(body);
  });
}

/** The body's beginning, as much of it as came. Resolves at its end, at its limit, or when the connection breaks. */
function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    const finish = () =>
      resolve(oneLine(Buffer.concat(chunks).subarray(0, BODY.read).toString('utf8')).slice(0, BODY.shown));
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= BODY.read) finish();
    });
    response.on('end', finish);
    response.on('error', finish);
    response.on('close', finish);
  });
}

/** A receiver's text ends in logs and terminals: control characters do not. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
