import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fail } from '../../lib/contract/index.ts';
import { localCredentials } from '../../lib/local/engines/index.ts';
import { Lab } from './lab.ts';
import { REGION } from './wire.ts';
import { catalog, type WorkHandler } from './work.ts';

let lab: Lab;
/** Never answers. */
const server = createServer(() => undefined);
let endpoint: string;
let sqs: SQSClient;
beforeAll(async () => {
  lab = await Lab.start();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sqs = new SQSClient({ endpoint, region: REGION, credentials: localCredentials });
});
afterAll(async () => {
  sqs.destroy();
  server.closeAllConnections();
  await once(server.close(), 'close');
  await lab[Symbol.asyncDispose]();
});

/** Longer than any test: only the signal ends it. */
const HOUR = 3_600_000;

type WorkStand = Awaited<ReturnType<typeof lab.stand<typeof catalog>>>;

async function run(
  handler: (...given: [...Parameters<WorkHandler>, WorkStand]) => unknown,
  options: { deadline?: number } = {},
) {
  const stand: WorkStand = await lab.stand({
    catalog,
    handlers: { work: (payload, context) => handler(payload, context, stand) },
  });
  const deadline = options.deadline && new Date(lab.clock.now() + options.deadline);
  const { id } = await stand.client.enqueue('work', { n: 1 }, { ...(deadline && { deadline }) });
  await stand.invoke();
  const settled = stand.lines.find(({ error_name: name }) => name !== undefined);
  return { stand, id, settled, record: await stand.record(id) };
}

describe('a handler that its signal ended', () => {
  it.each<[string, WorkHandler]>([
    ['a timer', (_, { signal }) => wait(HOUR, undefined, { signal })],
    ['an event', (_, { signal }) => once(new EventEmitter(), 'never', { signal })],
    [
      'a stream',
      (_, { signal }) => pipeline(new Readable({ read: () => undefined }), new Writable(), { signal }),
    ],
    [
      'a signal made of it',
      (_, { signal }) => {
        const both = AbortSignal.any([signal, new AbortController().signal]);
        return wait(HOUR, undefined, { signal: both });
      },
    ],
    ['a fetch', (_, { signal }) => fetch(endpoint, { signal })],
    [
      'a call of the AWS SDK',
      (_, { signal }) => sqs.send(new ListQueuesCommand({}), { abortSignal: signal }),
    ],
    [
      'a controller of its own that follows it',
      (_, { signal }) => {
        const own = new AbortController();
        signal.addEventListener('abort', () => own.abort());
        return fetch(endpoint, { signal: own.signal });
      },
    ],
  ])('is recorded with why the signal fired: %s', async (_, handler) => {
    const { record, settled } = await run(handler);
    expect(record).toMatchObject({ status: 'retrying', attempts: 1, error: { name: 'AttemptTimeoutError' } });
    expect(settled).toMatchObject({ outcome: 'retrying', error_name: 'AttemptTimeoutError' });
  });

  it('is dead of its deadline where that fired it, and of nothing before it', async () => {
    const { record } = await run((_, { signal }) => wait(HOUR, undefined, { signal }), { deadline: 3_000 });
    expect(record).toMatchObject({ status: 'dead', error: { name: 'DeadlinePassedError' } });
    expect(record.error?.message).toMatch(/^The deadline of the job/);
  });

  it('is cancelled where a cancel fired it, and its history says so', async () => {
    const { stand, id } = await run(async (_, { id, signal, heartbeat }, { client }) => {
      await client.cancel([id]);
      // Fires the signal at once; the next beat is later than the timeout.
      await heartbeat().catch(() => undefined);
      await wait(HOUR, undefined, { signal });
    });
    const told = (await stand.client.history(id)).at(-1);
    expect(told).toMatchObject({ to: 'cancelled', error: { name: 'CancelRequestedError' } });
  });

  it('has other errors than the signal’s as they are', async () => {
    const own = await run(async (_, { signal }) => {
      const controller = new AbortController();
      const waiting = wait(HOUR, undefined, { signal: AbortSignal.any([signal, controller.signal]) });
      controller.abort(new Error('a step took too long'));
      await waiting;
    });
    expect(own.record.error?.name).toBe('AbortError');
    const final = await run(async (_, { signal }) => {
      await wait(HOUR, undefined, { signal }).catch(() => undefined);
      throw new Fail('half of it is done', { cause: signal.reason });
    });
    expect(final.record).toMatchObject({ status: 'dead', error: { name: 'Fail' } });
  });
});
