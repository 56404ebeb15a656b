import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeleteScheduleCommand } from '@aws-sdk/client-scheduler';
import { describe, expect, it } from 'vitest';
import { STACK_DEFAULTS } from '../../lib/constructs/defaults.ts';
import { Breaker } from '../../lib/lifecycle/breaker.ts';
import { createSchedulerClient } from '../../lib/lifecycle/scheduler-client.ts';
import { localCredentials } from '../../lib/local/engines/index.ts';
import { ManualClock } from '../clock/manual-clock.ts';

function given() {
  const clock = new ManualClock();
  const breaker = new Breaker(clock);
  const made: number[] = [];
  /** A call that takes so long, in milliseconds. */
  const call = (ms: number, how: 'answers' | 'fails' | 'refuses' = 'answers') =>
    breaker
      .call(async () => {
        made.push(clock.now());
        const { promise: later, resolve } = Promise.withResolvers<void>();
        clock.after(ms, resolve);
        await later;
        if (how === 'fails') throw new Error('no');
        const $metadata = { httpStatusCode: 409 };
        if (how === 'refuses') throw Object.assign(new Error('there already'), { $metadata });
      })
      .then(
        () => 'answered',
        (error: Error) => error.name,
      );
  const pass = async (ms: number, ...calls: Promise<string>[]) => {
    clock.advance(ms);
    return Promise.all(calls);
  };
  return { clock, made, call, pass };
}

describe('after a call that nobody answered', () => {
  it('the next ones fail at once, for half a minute', async () => {
    const { made, call, pass } = given();
    expect(await pass(3_000, call(3_000, 'fails'))).toEqual(['Error']);
    expect(await pass(29_999, call(1), call(1))).toEqual(['SchedulerSilentError', 'SchedulerSilentError']);
    expect(await pass(0, call(0))).toEqual(['SchedulerSilentError']);
    expect(made).toHaveLength(1);
  });

  it('one is made then, and when that is answered all are', async () => {
    const { made, call, pass } = given();
    await pass(3_000, call(3_000, 'fails'));
    await pass(30_000);
    expect(await pass(5, call(5), call(5))).toEqual(['answered', 'SchedulerSilentError']);
    expect(await pass(5, call(5), call(5))).toEqual(['answered', 'answered']);
    expect(made).toHaveLength(4);
  });

  it('one is made each half a minute while none is answered', async () => {
    const { made, call, pass } = given();
    for (let nth = 1; nth <= 3; nth++) {
      expect(await pass(3_000, call(3_000, 'fails'))).toEqual(['Error']);
      expect(await pass(30_000, call(1))).toEqual(['SchedulerSilentError']);
      expect(made).toHaveLength(nth);
    }
  });
});

it('what is refused at once is asked again at once', async () => {
  const { made, call, pass } = given();
  for (let nth = 1; nth <= 3; nth++) expect(await pass(100, call(100, 'fails'))).toEqual(['Error']);
  expect(made).toHaveLength(3);
});

it('what is refused late was answered: the next call is made', async () => {
  const { made, call, pass } = given();
  for (let nth = 1; nth <= 3; nth++) expect(await pass(4_000, call(4_000, 'refuses'))).toEqual(['Error']);
  expect(made).toHaveLength(3);
});

it('a call to an EventBridge Scheduler that never answers ends long before the function does', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createSchedulerClient({
    ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials: localCredentials },
  });
  const began = performance.now();
  await expect(client.send(new DeleteScheduleCommand({ Name: 'x' }))).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan((STACK_DEFAULTS.systemTimeout * 1_000) / 4);
  client.destroy();
  server.closeAllConnections();
  server.close();
}, 60_000);
