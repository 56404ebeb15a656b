import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { endpointSecret } from '../lambdas/jobs/webhook/signature.ts';

/** What the receiver saw of one webhook. */
export interface Seen {
  readonly requests: number;
  /** How often it answered with success. */
  readonly accepted: number;
}

export interface Receiver extends AsyncDisposable {
  /** Every URL below it takes webhooks. */
  readonly url: string;
  /** By webhook id, which is the job's id. */
  readonly seen: ReadonlyMap<string, Seen>;
  /** Requests whose signature did not fit their body. */
  readonly unsigned: number;
}

/** The share of webhooks whose first request each kind of trouble meets, in percent. */
const TROUBLE = { unavailable: 15, slowDown: 5, hangUp: 3 } as const;

/**
 * A customer's endpoint on a bad day: for a share of the webhooks the first request is answered with 503, with 429 and
 * Retry-After, or not at all. Below `/gone/` every request is answered with 410. Which ones is settled by the webhook's id.
 */
export async function startReceiver({ secret }: { secret: string }): Promise<Receiver> {
  const seen = new Map<string, { requests: number; accepted: number }>();
  let unsigned = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const id = String(request.headers['webhook-id']);
    const entry = seen.get(id) ?? { requests: 0, accepted: 0 };
    seen.set(id, entry);
    entry.requests++;
    try {
      // Each customer has a secret of their own, derived from the root: the URL's last part says whose it is.
      const tenant = request.url?.split('/').at(-1) ?? '';
      new Webhook(endpointSecret({ root: secret, tenant })).verify(
        body,
        request.headers as Record<string, string>,
      );
    } catch {
      unsigned++;
      response.writeHead(401).end();
      return;
    }
    const trouble = entry.requests === 1 ? troubleOf(id) : undefined;
    if (request.url?.startsWith('/gone/')) response.writeHead(410).end('this endpoint was removed');
    else if (trouble === 'unavailable') response.writeHead(503).end('try again');
    else if (trouble === 'slowDown') response.writeHead(429, { 'retry-after': '2' }).end('slow down');
    else if (trouble === 'hangUp') request.socket.destroy();
    else {
      entry.accepted++;
      response.writeHead(204).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    get unsigned() {
      return unsigned;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function troubleOf(id: string): keyof typeof TROUBLE | undefined {
  let at = [...id].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 100_003, 7) % 100;
  for (const [kind, share] of Object.entries(TROUBLE) as [keyof typeof TROUBLE, number][]) {
    if (at < share) return kind;
    at -= share;
  }
  return undefined;
}
