import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DeliverOptions, makeDeliver } from '../../lambdas/jobs/deliver-webhook.ts';
import { endpointSecret } from '../../lambdas/jobs/webhook/signature.ts';
import { Fail, Retry, systemClock } from '../../lib/contract/index.ts';
import type { JobContext } from '../../lib/worker/handler.ts';
import { jobContext, thrownBy } from './job-context.ts';
import { ManualClock } from './manual-clock.ts';
import { Receiver, status } from './webhook/receiver.ts';

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const event = { type: 'invoice.paid', data: { invoice: 'in_1', cents: 4200 } };

let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
});
beforeEach(() => receiver.received.splice(0));
afterAll(() => receiver[Symbol.asyncDispose]());

interface Delivery {
  readonly url?: string;
  readonly options?: Partial<DeliverOptions>;
  readonly context?: Partial<JobContext>;
}

async function deliver({ url = receiver.url, options, context }: Delivery = {}) {
  const handler = makeDeliver({ secrets: [secret], clock: systemClock, allowPrivate: true, ...options });
  return handler({ url, event }, jobContext(context));
}

describe('a webhook that is taken', () => {
  it('posts the event as JSON and returns the status', async () => {
    receiver.answers(status(202, {}, 'thanks'));
    expect(await deliver()).toEqual({ status: 202 });
    const [request] = receiver.received;
    expect(request).toMatchObject({ method: 'POST', path: '/hooks' });
    expect(request?.headers['content-type']).toBe('application/json');
    const sent = { type: 'invoice.paid', timestamp: '2026-11-01T12:00:00.000Z', data: event.data };
    expect(JSON.parse(request?.body ?? '')).toEqual(sent);
  });

  it("is signed with the tenant's secret, and verifies by the reference implementation", async () => {
    await deliver({ context: { tenant: 'acme' } });
    const [request] = receiver.received;
    const verifier = new Webhook(endpointSecret({ root: secret, tenant: 'acme' }));
    expect(verifier.verify(request?.body ?? '', request?.headers ?? {})).toMatchObject(event);
  });

  it('has the same id and the same body on each attempt', async () => {
    receiver.answers(status(500));
    await thrownBy(deliver({ context: { id: 'job-7', attempt: 1 } }));
    await deliver({ context: { id: 'job-7', attempt: 2 } });
    expect(receiver.received.map((request) => request.headers['webhook-id'])).toEqual(['job-7', 'job-7']);
    expect(receiver.received[0]?.body).toBe(receiver.received[1]?.body);
  });

  it('is not undone by an answer that breaks off after its status', async () => {
    receiver.answers((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('some', () => response.destroy());
    });
    expect(await deliver()).toEqual({ status: 200 });
  });
});

describe('a webhook that is refused', () => {
  it.each([400, 401, 404, 422])('fails for good on %i', async (code) => {
    receiver.answers(status(code, {}, 'no such hook'));
    const error = await thrownBy(deliver());
    expect(error).toBeInstanceOf(Fail);
    expect(String(error)).toContain(`answered ${code}: no such hook`);
  });

  it('fails for good on 410 and says what to do', async () => {
    receiver.answers(status(410));
    const error = await thrownBy(deliver());
    expect(error).toBeInstanceOf(Fail);
    expect(String(error)).toContain('stop sending');
  });

  it('does not follow a redirect', async () => {
    receiver.answers(status(307, { location: receiver.url }));
    expect(await thrownBy(deliver())).toBeInstanceOf(Fail);
    expect(receiver.received).toHaveLength(1);
  });

  it('shows little of the answer, on one line, without control characters', async () => {
    receiver.answers(status(400, {}, `\u001b[31mred\r\nline${'x'.repeat(100_000)}`));
    const error = await thrownBy(deliver());
    expect(String(error)).toContain('[31mred line');
    expect(String(error)).not.toMatch(/\p{Cc}/u);
    expect(String(error).length).toBeLessThan(300);
  });
});

describe('a webhook that is tried again', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('retries by the policy on %i', async (code) => {
    receiver.answers(status(code));
    const error = await thrownBy(deliver());
    expect(error).toBeInstanceOf(Retry);
    expect((error as Retry).after).toBeUndefined();
  });

  it.each([429, 503])('waits on %i as long as Retry-After says, in seconds', async (code) => {
    receiver.answers(status(code, { 'retry-after': '90' }));
    expect(await thrownBy(deliver())).toMatchObject({ after: 90_000 });
  });

  it('waits until the date that Retry-After says', async () => {
    const clock = new ManualClock(Date.parse('2026-11-01T12:00:00Z'));
    receiver.answers(status(503, { 'retry-after': 'Sun, 01 Nov 2026 12:02:00 GMT' }));
    expect(await thrownBy(deliver({ options: { clock } }))).toMatchObject({ after: 120_000 });
  });

  it('waits no longer than its bound', async () => {
    receiver.answers(status(429, { 'retry-after': '999999' }));
    expect(await thrownBy(deliver())).toMatchObject({ after: 900_000 });
  });

  it('retries when the receiver hangs up', async () => {
    receiver.answers((request) => request.socket.destroy());
    expect(await thrownBy(deliver())).toBeInstanceOf(Retry);
  });

  it('retries when the receiver answers in another protocol', async () => {
    receiver.answers((request) => {
      request.socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n');
    });
    expect(await thrownBy(deliver())).toBeInstanceOf(Retry);
  });

  it('retries when nobody listens', async () => {
    const gone = await Receiver.start();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    const error = await thrownBy(deliver({ url }));
    expect(error).toBeInstanceOf(Retry);
    expect(String(error)).toContain('ECONNREFUSED');
  });

  it('retries when the name does not resolve', async () => {
    const resolve = () => Promise.reject(new Error('getaddrinfo ENOTFOUND hooks.example'));
    const error = await thrownBy(deliver({ url: 'http://hooks.example/', options: { resolve } }));
    expect(error).toBeInstanceOf(Retry);
    expect(String(error)).toContain('ENOTFOUND');
  });

  it('retries when the receiver takes too long', async () => {
    const clock = new ManualClock(Date.now());
    receiver.answers(() => undefined);
    const arrived = receiver.arrival();
    const delivery = thrownBy(deliver({ options: { clock, timeout: 20_000 } }));
    await arrived;
    clock.advance(20_000);
    const error = await delivery;
    expect(error).toBeInstanceOf(Retry);
    expect(String(error)).toContain('no answer within 20000 ms');
    expect(clock.waiting).toBe(0);
  });

  it("stops at the job's signal, also while the name is being resolved", async () => {
    const job = new AbortController();
    const resolve = () => {
      queueMicrotask(() => job.abort(new Error('out of time')));
      return new Promise<never>(() => undefined);
    };
    const url = 'http://hooks.example/';
    const error = await thrownBy(deliver({ url, options: { resolve }, context: { signal: job.signal } }));
    expect(error).toBeInstanceOf(Retry);
    expect(String(error)).toContain('out of time');
  });

  it("stops at the job's signal while the receiver thinks", async () => {
    const job = new AbortController();
    receiver.answers(() => undefined);
    const arrived = receiver.arrival();
    const delivery = thrownBy(deliver({ context: { signal: job.signal } }));
    await arrived;
    job.abort(new Error('out of time'));
    expect(String(await delivery)).toContain('out of time');
  });
});

describe('an address that a customer must not make us call', () => {
  const options = { allowPrivate: false };

  it.each([
    'http://127.0.0.1:9/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost:9/',
  ])('fails for good: %s', async (url) => {
    const error = await thrownBy(deliver({ url, options }));
    expect(error).toBeInstanceOf(Fail);
    expect(String(error)).toContain('public');
  });

  it('fails when any address of a name is private, before anything is sent', async () => {
    const resolve = async () => [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const url = `http://hooks.example:${receiver.port}/`;
    expect(await thrownBy(deliver({ url, options: { ...options, resolve } }))).toBeInstanceOf(Fail);
    expect(receiver.received).toHaveLength(0);
  });

  it('resolves the name once and connects to the address that was checked', async () => {
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return [{ address: '127.0.0.1', family: 4 }];
    };
    await deliver({ url: `http://hooks.example:${receiver.port}/`, options: { resolve } });
    expect(asked).toEqual(['hooks.example']);
    expect(receiver.received[0]?.headers['host']).toBe(`hooks.example:${receiver.port}`);
  });

  it('fails for a scheme that is not HTTP', async () => {
    expect(await thrownBy(deliver({ url: 'file:///etc/passwd' }))).toBeInstanceOf(Fail);
  });
});
