import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordUnreadableError } from '../../lib/client/index.ts';
import { quarantineItems } from '../../lib/state/index.ts';
import { putDeadJob } from './dead-job.ts';
import { Deployment, Engines } from './fixture.ts';

describe('records that a person or another program spoiled', () => {
  let engines: Engines;
  let at: Deployment;
  let spoilt: string;
  let whole: string;
  beforeAll(async () => {
    engines = await Engines.start();
    at = await Deployment.create(engines);
    spoilt = (await putDeadJob(at)).id;
    whole = (await putDeadJob(at)).id;
    await at.amend(spoilt, { attempts: { S: 'five' }, error: { NULL: true } });
  });
  afterAll(() => engines[Symbol.asyncDispose]());

  it('are named in the list of dead jobs, and hide none of the others', async () => {
    const { jobs, unreadable } = await at.client.list();
    expect(jobs.map(({ id }) => id)).toEqual([whole]);
    expect(unreadable).toEqual([expect.any(RecordUnreadableError)]);
    expect(unreadable[0]).toMatchObject({
      code: 'RECORD_UNREADABLE',
      context: {
        id: spoilt,
        problems: [expect.stringContaining('attempts'), expect.stringContaining('error')],
      },
    });
  });

  it('are named in the list of quarantined messages, and hide none of the others', async () => {
    const message = { source: 's', body: 'hello', reason: 'r', sentAt: 1, quarantinedAt: 1 };
    for (const messageId of ['m-1', 'm-2'])
      for (const item of quarantineItems({ ...message, messageId }, 1))
        await at.put(messageId === 'm-2' ? { ...item, body: { N: '1' } } : item);
    const { messages, unreadable } = await at.client.listQuarantined();
    expect(messages).toMatchObject([{ messageId: 'm-1' }]);
    expect(unreadable).toMatchObject([{ context: { id: 'quarantine#m-2' } }]);
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['get', (id) => at.client.get(id)],
    ['wait', (id) => at.client.wait(id)],
    ['history', (id) => at.client.history(id)],
  ])('are a typed error to %s', async (_, call) => {
    await expect(call(spoilt)).rejects.toBeInstanceOf(RecordUnreadableError);
  });

  it.each(['redrive', 'cancel'] as const)('are a result of their own to %s', async (verb) => {
    const [first] = await at.client[verb]([spoilt]);
    expect(first).toMatchObject({ id: spoilt, ok: false, error: expect.any(RecordUnreadableError) });
  });

  it('with a result that is not JSON are a typed error to get', async () => {
    const { id } = await putDeadJob(at, { status: 'succeeded', result: '{"sentTo":' });
    await expect(at.client.get(id)).rejects.toThrow('result is not JSON');
  });

  it('with an attempt that is not ours are a typed error to history', async () => {
    const { id, gen } = await putDeadJob(at);
    await at.put({ pk: { S: `job#${id}` }, sk: { S: `attempt#${gen}#000001` }, attempt: { S: 'one' } });
    await expect(at.client.history(id)).rejects.toBeInstanceOf(RecordUnreadableError);
  });
});
