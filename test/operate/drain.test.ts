import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidOptionError, PRIORITIES, ResourceMissingError } from '../../lib/contract/index.ts';
import {
  DrainTimeoutError,
  NotConfiguredError,
  Operator,
  type OperatorOptions,
  type QueueStatus,
} from '../../lib/operate/index.ts';
import { Deployment, Engines } from '../client/fixture.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { Mappings } from './lambda-stub.ts';

const EVENT_SOURCES = {
  default: Object.fromEntries(PRIORITIES.map((priority) => [priority, `feed-${priority}`])),
};

describe('draining and resuming', () => {
  let engines: Engines;
  let at: Deployment;
  let mappings: Mappings;
  let operator: Operator;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
    mappings = await Mappings.start(Object.values(EVENT_SOURCES.default));
    operator = newOperator();
  });
  afterEach(() => mappings[Symbol.asyncDispose]());

  const newOperator = (options: Partial<OperatorOptions<never>> = {}) => {
    const { tableName, queues, dynamodb, sqs } = at;
    const known = { tableName, queues, eventSources: EVENT_SOURCES, deadLetterQueues: {} };
    return new Operator({ ...known, dynamodb, sqs, lambda: mappings.client, ...options }) as Operator;
  };
  const normal = { pool: 'default', priority: 'normal' } as const;

  /** A worker has the message for a while. */
  const hold = (VisibilityTimeout: number) =>
    at.sqs.send(new ReceiveMessageCommand({ QueueUrl: at.queues.default.normal, VisibilityTimeout }));

  it('counts what waits, is in flight and is delayed in every queue', async () => {
    for (const delay of [0, 0, 60_000]) await at.client.enqueue('receipt.send', { orderId: '42' }, { delay });
    await hold(60);
    const queues = await operator.queues();
    expect(queues.map(({ priority }) => priority)).toEqual([...PRIORITIES]);
    expect(queues[2]).toEqual({
      ...normal,
      ...{ waiting: 1, inFlight: 1, delayed: 1, deadLetters: undefined, feed: 'enabled' },
      messageRetention: expect.any(Number),
    });
    expect(await operator.queues(normal)).toEqual([queues[2]]);
  });

  it('adds what lies in the dead-letter queue where it is known', async () => {
    // Any queue serves as one here.
    const deadLetterQueues = { default: { normal: at.queues.default.low } };
    await at.client.enqueue('rows.import', { rows: [] });
    const [status] = await newOperator({ deadLetterQueues }).queues(normal);
    expect(status?.deadLetters).toBe(1);
  });

  it('disables the event source of one priority, and leaves the others alone', async () => {
    expect(await operator.drain(normal)).toMatchObject([{ ...normal, feed: 'disabled', inFlight: 0 }]);
    expect(mappings.asked).toEqual(['feed-normal false']);
    expect(mappings.state('feed-high')).toBe('Enabled');
    await operator.resume(normal);
    expect(mappings.asked).toEqual(['feed-normal false', 'feed-normal true']);
  });

  it('disables those of a whole pool', async () => {
    expect((await operator.drain({ pool: 'default' })).map(({ feed }) => feed)).toEqual(
      Array(4).fill('disabled'),
    );
    expect((await operator.resume({ pool: 'default' })).map(({ feed }) => feed)).toEqual(
      Array(4).fill('enabled'),
    );
  });

  it('reports how many are in flight until none is', async () => {
    mappings.slowly(3);
    await at.client.enqueue('receipt.send', { orderId: '42' });
    await hold(1);
    const seen: QueueStatus[] = [];
    const onProgress = ([queue]: readonly QueueStatus[]) => void (queue && seen.push(queue));
    await operator.drain({ ...normal, onProgress });
    expect(seen[0]).toMatchObject({ inFlight: 1, feed: 'disabling' });
    // What the worker did not delete waits in the queue again, and stays there.
    expect(seen.at(-1)).toMatchObject({ inFlight: 0, waiting: 1, feed: 'disabled' });
  });

  it('gives up when its time is over, and leaves the queue paused', async () => {
    await at.client.enqueue('receipt.send', { orderId: '42' });
    await hold(60);
    const drained = operator.drain({ ...normal, timeout: '300ms' });
    await expect(drained).rejects.toBeInstanceOf(DrainTimeoutError);
    await expect(drained).rejects.toThrow('default/normal: 1 in flight');
    expect(mappings.state('feed-normal')).toBe('Disabled');
  });

  it.each([
    [normal, 'default/normal'],
    [{ pool: 'default' }, 'default'],
  ])(
    'says of %j, when its time is over, that it stays paused and what undoes it',
    async (selection, name) => {
      await at.client.enqueue('receipt.send', { orderId: '42' });
      await hold(60);
      const drained = operator.drain({ ...selection, timeout: '0s' });
      await expect(drained).rejects.toThrow(/the queues stay paused until/);
      await expect(drained).rejects.toThrow(`\`millrace resume ${name}\` or operator.resume undoes it`);
      await expect(drained).rejects.toThrow(/drain again, and it goes on where it is/);
    },
  );

  it('stops waiting when the signal aborts', async () => {
    await at.client.enqueue('receipt.send', { orderId: '42' });
    await hold(60);
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('enough'));
    await expect(operator.drain({ ...normal, signal: controller.signal, onProgress })).rejects.toThrow(
      'enough',
    );
    expect(mappings.asked).toEqual(['feed-normal false']);
  });

  it('asks for nothing twice', async () => {
    await operator.drain(normal);
    await operator.drain(normal);
    await operator.resume(normal);
    await operator.resume(normal);
    expect(mappings.asked).toEqual(['feed-normal false', 'feed-normal true']);
  });

  it.each([
    [{ pool: 'nowhere' }, 'nowhere'],
    [{ pool: 'default', priority: 'urgent' as never }, 'default/urgent'],
  ])('refuses %j, which the configuration does not name', async (selection, got) => {
    await expect(operator.drain(selection)).rejects.toBeInstanceOf(InvalidOptionError);
    await expect(operator.drain(selection)).rejects.toThrow(got);
    expect(mappings.asked).toEqual([]);
  });

  it('says which output is missing', async () => {
    const without = newOperator({ eventSources: {} });
    await expect(without.drain(normal)).rejects.toBeInstanceOf(NotConfiguredError);
    await expect(without.resume(normal)).rejects.toThrow('MillraceEventSources');
    await expect(without.drain(normal)).rejects.toThrow('set MILLRACE_EVENT_SOURCES');
    expect(await without.queues(normal)).toMatchObject([{ feed: undefined }]);
  });

  it('says that a mapping does not exist', async () => {
    const wrong = newOperator({ eventSources: { default: { normal: 'gone' } } });
    await expect(wrong.drain(normal)).rejects.toBeInstanceOf(ResourceMissingError);
  });

  it('says whose rights are missing: those of an operator', async () => {
    const no = () =>
      Promise.reject(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }));
    for (const [client, command] of [
      [mappings.client, 'GetEventSourceMappingCommand'],
      [at.sqs, 'GetQueueAttributesCommand'],
    ] as const) {
      using _ = meddle(client, command, no);
      await expect(operator.queues(normal)).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        message: expect.stringContaining('millrace.connectOperator(fn)'),
      });
    }
  });
});
