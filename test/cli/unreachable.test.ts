import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../../lib/cli/index.ts';
import { unreachable } from '../../lib/cli/unreachable.ts';
import { OperationFailedError } from '../../lib/client/index.ts';
import { InvalidOptionError } from '../../lib/contract/index.ts';

/** A port that nothing listens at, as that of a `millrace dev` that was stopped. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('the commands, where nothing listens at the endpoint', () => {
  let endpoint: string;
  beforeAll(async () => {
    endpoint = `127.0.0.1:${await freePort()}`;
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    for (const service of ['DYNAMODB', 'SQS', 'LAMBDA'])
      vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, `http://${endpoint}`);
  });
  afterAll(() => vi.unstubAllEnvs());

  async function millrace(...args: readonly string[]) {
    const out: string[] = [];
    const notes: string[] = [];
    const queues = `{"default":{"low":"http://${endpoint}/000000000000/low"}}`;
    const code = await run(args, {
      ...{ version: '1.2.3', directory: process.cwd() },
      env: { MILLRACE_TABLE_NAME: 'Jobs', MILLRACE_QUEUES: queues },
      print: (line) => out.push(line),
      note: (line) => notes.push(line),
    });
    return { code, out: out.join('\n'), notes: notes.join('\n') };
  }

  it.each([[['where', 'the-id']], [['queues']], [['jobs', 'list']]])(
    '%j names it and says what to do, without a stack',
    async (args) => {
      const { code, out, notes } = await millrace(...args);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(notes).toContain(`${endpoint} could not be reached`);
      expect(notes).toContain('millrace dev');
      expect(notes).not.toContain('    at ');
      expect(notes).not.toContain('\n');
    },
  );

  it.each([['redrive', '--dry-run'], ['redrive'], ['cancel']])(
    'jobs %s says of each id what could not be reached, and that it was read in vain',
    async (verb, ...options) => {
      const args = ['jobs', verb, 'one', 'two', ...options];
      const { code, out } = await millrace(...args);
      expect(code).toBe(1);
      for (const id of ['one', 'two'])
        expect(out).toMatch(
          new RegExp(`${id} ${endpoint} could not be reached: reading the record failed\\.`),
        );
      expect(out).toContain('millrace dev');
      expect(out).not.toMatch(/outbox|cancelling/);

      const { results } = JSON.parse((await millrace(...args, '--json')).out) as { results: unknown };
      const context = { endpoint, reason: 'ECONNREFUSED', step: 'reading the record', applied: 'no' };
      const error = { name: 'UnreachableError', code: 'UNREACHABLE', retryable: true };
      expect(results).toEqual(
        ['one', 'two'].map((id) => ({
          ...{ id, ok: false },
          error: { ...error, context: { ...context, id }, message: expect.stringContaining(endpoint) },
        })),
      );
    },
  );

  it('jobs redrive --staged names it as the reason why it stopped', async () => {
    const { out } = await millrace('jobs', 'redrive', 'one', 'two', '--staged', '--json');
    expect(JSON.parse(out)).toMatchObject({
      stopped: { why: 'refused', id: 'one', error: { name: 'UnreachableError' } },
    });
  });

  it('say so as a document that a program can act on', async () => {
    const { code, out } = await millrace('where', 'the-id', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      error: {
        ...{ name: 'UnreachableError', code: 'UNREACHABLE', retryable: true },
        message: expect.stringContaining(`${endpoint} could not be reached`),
        context: { endpoint, reason: 'ECONNREFUSED' },
      },
    });
  });
});

describe('an error of the network', () => {
  const failed = (fields: object, message = 'it') => Object.assign(new Error(message), fields);
  const SDK = { $metadata: { attempts: 3 } };

  it.each([
    [{ code: 'ENOTFOUND', hostname: 'sqs.eu-west-9.amazonaws.com' }, 'sqs.eu-west-9.amazonaws.com'],
    [{ code: 'EAI_AGAIN', hostname: 'dynamodb.eu-west-1.amazonaws.com' }, 'dynamodb.eu-west-1.amazonaws.com'],
    [{ code: 'ETIMEDOUT', address: '203.0.113.1', port: 443 }, '203.0.113.1:443'],
    [{ code: 'ECONNREFUSED', address: '::1', port: 9 }, '[::1]:9'],
    [{ code: 'EHOSTUNREACH', address: '203.0.113.1', port: 443 }, '203.0.113.1:443'],
  ])('names its endpoint: %j', (fields, endpoint) => {
    const cause = failed(fields);
    const error = unreachable(cause, {});
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true, cause });
    expect(error?.context).toEqual({ endpoint, reason: fields.code });
    expect(error?.message.startsWith(`${endpoint} could not be reached`)).toBe(true);
  });

  it.each<[Record<string, string>, string]>([
    [
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:2' },
      'http://127.0.0.1:1 or http://127.0.0.1:2',
    ],
    [
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' },
      'http://127.0.0.1:1',
    ],
    [{ AWS_REGION: 'eu-west-1' }, 'AWS in eu-west-1'],
    [{}, 'AWS'],
  ])('that names none is told by the configuration: %j', (env, endpoint) => {
    expect(unreachable(failed({ code: 'ECONNRESET' }), env)?.context['endpoint']).toBe(endpoint);
    const timedOut = failed({ name: 'TimeoutError', ...SDK });
    expect(unreachable(timedOut, env)?.context).toEqual({ endpoint, reason: 'TimeoutError' });
  });

  it('is found among those of each address that was tried', () => {
    const tried = ['::1', '127.0.0.1'].map((address) => failed({ code: 'ECONNREFUSED', address, port: 9 }));
    const error = Object.assign(new AggregateError(tried), { code: 'ECONNREFUSED' });
    expect(unreachable(error, {})?.context['endpoint']).toBe('[::1]:9');
  });

  it.each([
    ['localhost', /`millrace dev`/],
    ['dynamodb.eu-west-1.amazonaws.com', /network.*AWS_REGION/],
  ])('says what to do about %s', (hostname, fix) => {
    expect(unreachable(failed({ code: 'ENOTFOUND', hostname }), {})?.message).toMatch(fix);
  });

  it('of an operation on a job says which step it was, and what became of it', () => {
    const cause = failed({ code: 'ECONNRESET', address: '203.0.113.1', port: 443 });
    const operation = (applied: 'no' | 'unknown') =>
      new OperationFailedError({ id: 'a', step: 'writing it to the outbox', applied, cause });
    const error = unreachable(operation('unknown'), {});
    expect(error?.message).toContain('203.0.113.1:443 could not be reached: writing it to the outbox failed');
    expect(error?.message).toContain('`millrace jobs get`');
    expect(error?.cause).toBe(cause);
    expect(unreachable(operation('no'), {})?.message).not.toContain('`millrace jobs get`');
    const denied = failed({ name: 'ExpiredTokenException', $fault: 'client', ...SDK });
    const step = 'reading the record';
    expect(unreachable(new OperationFailedError({ id: 'a', step, cause: denied }), {})).toBeUndefined();
  });

  it.each([
    ['an answer of AWS', failed({ name: 'ValidationException', $fault: 'client', ...SDK })],
    ['a file that is not there', failed({ code: 'ENOENT' })],
    ['a bug', new TypeError('undefined is not a function')],
    ['an error of ours', new InvalidOptionError({ option: 'a', got: 'b', expected: 'c' })],
    ['no error', 'ECONNREFUSED'],
  ])('is not: %s', (_, error) => {
    expect(unreachable(error, {})).toBeUndefined();
  });
});
