import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../lib/contract/index.ts';
import { Operator } from '../../lib/operate/index.ts';
import { putDeadJob } from '../client/dead-job.ts';
import { Deployment, Engines } from '../client/fixture.ts';
import { meddle, watch } from '../faults/sdk-faults.ts';
import { Mappings } from './lambda-stub.ts';

const EVENT_SOURCES = { default: { normal: 'feed-normal' } };

describe('asking where a job is', () => {
  let engines: Engines;
  let mappings: Mappings;
  let at: Deployment;
  let operator: Operator;
  beforeAll(async () => {
    engines = await Engines.start();
    mappings = await Mappings.start(['feed-normal']);
  });
  afterAll(async () => {
    await mappings[Symbol.asyncDispose]();
    await engines[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    at = await Deployment.create(engines);
    const { tableName, queues, dynamodb, sqs } = at;
    const known = { tableName, queues, eventSources: EVENT_SOURCES };
    operator = new Operator({ ...known, dynamodb, sqs, lambda: mappings.client }) as Operator;
  });

  const forbidden = (name: string) => () =>
    Promise.reject(Object.assign(new Error('User is not authorized to perform: it'), { name }));

  it('tells of a waiting job by its record and its queue, both read once', async () => {
    const { id } = await at.client.enqueue('receipt.send', { orderId: '42' });
    using reads = watch(at.dynamodb, 'GetItemCommand');
    expect(await operator.where(id)).toMatchObject({
      ...{ id, place: 'queue', job: { id, status: 'queued', type: 'receipt.send' } },
      queue: { waiting: 1, feed: 'enabled' },
    });
    expect(reads.tries).toBe(1);
  });

  it('asks no queue of a job that has ended', async () => {
    const { id } = await putDeadJob(at);
    using counts = watch(at.sqs, 'GetQueueAttributesCommand');
    expect(await operator.where(id)).toMatchObject({ place: 'ended', job: { status: 'dead' } });
    expect((await operator.where(id)).queue).toBeUndefined();
    expect(counts.tries).toBe(0);
  });

  it('does without the queue where the credentials allow to read the table only, and says so', async () => {
    const due = await at.client.enqueue('receipt.send', { orderId: '42' });
    const delayed = await at.client.enqueue('receipt.send', { orderId: '43' }, { delay: '10m' });
    using _counts = meddle(at.sqs, 'GetQueueAttributesCommand', forbidden('AccessDenied'));
    const told = await operator.where(due.id);
    expect(told).toMatchObject({ place: 'queue', queue: undefined, job: { status: 'queued' } });
    expect(told.here).toMatch(/waits in default\/normal.* do not allow to ask that queue/);
    expect(told.next).toMatch(/unless its queue is drained/);
    expect((await operator.where(delayed.id)).next).toMatch(/Whether its queue is drained is not known/);
  });

  it('does without the queue where the credentials do not allow to ask its event source', async () => {
    const { id } = await at.client.enqueue('receipt.send', { orderId: '42' });
    using _state = meddle(
      mappings.client,
      'GetEventSourceMappingCommand',
      forbidden('AccessDeniedException'),
    );
    expect(await operator.where(id)).toMatchObject({ place: 'queue', queue: undefined });
  });

  describe('of a redriven job', () => {
    const redriven = async () => {
      const { id } = await putDeadJob(at);
      expect(await operator.client.redrive([id])).toMatchObject([{ id, ok: true }]);
      return id;
    };
    /** The same, five minutes from now. */
    const later = (id: string) => {
      const { tableName, queues, dynamodb, sqs } = at;
      const clock = { ...systemClock, now: () => Date.now() + 300_000 };
      const known = { tableName, queues, eventSources: EVENT_SOURCES };
      return new Operator({ ...known, dynamodb, sqs, lambda: mappings.client, clock }).where(id);
    };

    it('names the outbox at first', async () => {
      const id = await redriven();
      expect(await operator.where(id)).toMatchObject({ place: 'outbox', next: 'It is sent within seconds.' });
    });

    it('names its queue once it was sent, and whose message it is', async () => {
      const id = await redriven();
      await at.client.enqueue('receipt.send', { orderId: '42' });
      expect(await later(id)).toMatchObject({
        place: 'queue',
        here: expect.stringMatching(/due since 5 min; 1 wait there.* The lifecycle function had it to send/),
      });
    });

    it('names the outbox and its alarm where no message is to be seen', async () => {
      const id = await redriven();
      expect(await later(id)).toMatchObject({
        place: 'outbox',
        next: expect.stringContaining('LifecycleFailures'),
      });
    });
  });

  it('says where it looked for a job that is not there', async () => {
    const told = await operator.where('no-such-job');
    expect(told).toMatchObject({ place: 'nowhere', job: undefined, queue: undefined });
    expect(told.here).toContain(at.tableName);
  });
});
