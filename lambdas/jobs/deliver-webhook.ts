import { type Clock, Fail, Retry } from '../../lib/contract/index.ts';
import type { Handler } from '../../lib/worker/index.ts';
import type { deliverWebhook } from './catalog.ts';
import { type Answer, post, type Resolve, resolveHost } from './webhook/post.ts';
import { AddressNotPublicError } from './webhook/public-address.ts';
import { retryAfter } from './webhook/retry-after.ts';
import { signatureHeaders } from './webhook/signature.ts';

export interface DeliverOptions {
  /** Root signing secrets, newest first. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
  /**
   * Whether loopback and private addresses may be called: for development only.
   * @default false
   */
  readonly allowPrivate?: boolean;
  /** @default the system's resolver */
  readonly resolve?: Resolve;
  /**
   * How long a receiver may take, in milliseconds.
   * @default 20000 (Standard Webhooks recommends 15 to 30 s)
   */
  readonly timeout?: number;
}

/** Client errors that say "later" rather than "never" (RFC 9110 and 8470, RFC 6585). */
const LATER = new Set([408, 425, 429]);

/**
 * Handles `webhook.deliver`. The message id is the job's: a receiver sees the same one on every attempt.
 *
 * 2xx succeeds; 408, 425, 429, 5xx, a broken connection and a timeout are tried again, no sooner than `Retry-After` says;
 * a redirect, any other 4xx, and an address that is not public fail for good.
 */
export function makeDeliver(options: DeliverOptions): Handler<typeof deliverWebhook> {
  const { secrets, clock, allowPrivate = false, resolve = resolveHost, timeout = 20_000 } = options;
  return async ({ url: target, event }, { id, tenant, enqueuedAt, signal, logger }) => {
    const url = new URL(target);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') {
      throw new Fail(`A webhook goes to http or https, not to ${url.protocol}`);
    }
    // The same bytes on every attempt: what a receiver has verified once stays what it is.
    const body = JSON.stringify({ type: event.type, timestamp: enqueuedAt.toISOString(), data: event.data });
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Millrace-Webhooks/1',
      ...signatureHeaders({ id, sentAt: clock.now(), body, secrets, tenant }),
    };
    const tooSlow = new AbortController();
    const stop = clock.after(timeout, () => tooSlow.abort(new Error(`no answer within ${timeout} ms`)));
    try {
      const within = AbortSignal.any([signal, tooSlow.signal]);
      const answer = await post({ url, headers, body, signal: within, resolve, allowPrivate });
      judge(answer, { host: url.host, now: clock.now() });
      logger.info('webhook delivered', { host: url.host, status: answer.status });
      return { status: answer.status };
    } catch (error) {
      throw outcomeOf(error, url.host);
    } finally {
      stop();
    }
  };
}

/** Returns when the receiver took the event; throws the outcome otherwise. */
function judge({ status, headers, excerpt }: Answer, { host, now }: { host: string; now: number }): void {
  if (status >= 200 && status < 300) return;
  const said = `${host} answered ${status}${excerpt === '' ? '' : `: ${excerpt}`}`;
  if (status >= 500 || LATER.has(status)) {
    throw new Retry({ after: retryAfter(headers['retry-after'], now), message: said });
  }
  if (status === 410) throw new Fail(`${said} (the endpoint is gone: stop sending to it)`);
  if (status < 400) throw new Fail(`${said} (webhooks do not follow redirects: register the final URL)`);
  throw new Fail(said);
}

function outcomeOf(error: unknown, host: string): Fail | Retry {
  if (error instanceof Fail || error instanceof Retry) return error;
  if (error instanceof AddressNotPublicError) return new Fail(error.message, { cause: error });
  return new Retry({ message: `${host} could not be reached: ${reasonOf(error)}`, cause: error });
}

/** The system's code where there is one; a host with several addresses fails with one error for each. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' && error.cause !== undefined) return reasonOf(error.cause);
  return error.message;
}
