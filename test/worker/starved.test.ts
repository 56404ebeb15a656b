import { type Message, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS, sleep } from '../../lib/contract/index.ts';
import { failBefore, meddle } from '../faults/sdk-faults.ts';
import { System, type WorkStand } from '../lifecycle/system.ts';
import { receive } from './invoke.ts';
import { Lab } from './lab.ts';
import { catalog, type WorkHandler } from './work.ts';

/** The function has time for a job of 10 s and the settle's 5 s; after one that took 8 s, for no other. */
const remaining = 20_000;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

async function given(handler: WorkHandler = () => sleep(lab.clock, 8_000), concurrency?: number) {
  const executed: number[] = [];
  const work: WorkHandler = (payload, context) => {
    executed.push(payload.n);
    return handler(payload, context);
  };
  const system = await System.of(lab, { handlers: { work }, concurrency });
  const { stand } = system;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: system.deadLetters.arn, maxReceiveCount: 10 });
  const QueueUrl = stand.queues.normal.url;
  await lab.wire.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
  const enqueue = async (n: number) => (await stand.client.enqueue('work', { n })).id;
  /** Its worker died. */
  const lapse = (id: string) =>
    stand.amend(id, {
      ...{ status: 'running', unsettled: 1, token: 'gone', holder: 'gone' },
      ...{ leaseUntil: lab.clock.now() - 1, startedAt: lab.clock.now() - 2 },
    });
  return { system, stand, executed, enqueue, lapse };
}

/** What the queue holds now, as if it had delivered it so often. */
async function delivered({ queues }: WorkStand, receives: number): Promise<Message[]> {
  return (await receive(lab.wire.sqs, queues.normal, 10)).map((message) => ({
    ...message,
    Attributes: { ...message.Attributes, ApproximateReceiveCount: String(receives) },
  }));
}

function denied(): Promise<never> {
  const name = 'AccessDeniedException';
  return Promise.reject(Object.assign(new Error('not authorized to perform dynamodb:UpdateItem'), { name }));
}

/** How long each message was put away for, in seconds. */
function waits(stand: WorkStand): unknown[] {
  const changes = stand.wire.calls.filter(({ name }) => name === 'ChangeMessageVisibility');
  return changes.map(({ input }) => (input as { VisibilityTimeout?: number }).VisibilityTimeout);
}

describe('a job that lapsed, behind neighbours that leave it no time', () => {
  it('runs in the end, without a dead letter', async () => {
    const { system, stand, executed, enqueue, lapse } = await given();
    const id = await enqueue(0);
    await lapse(id);
    for (let n = 1; (await stand.record(id)).status !== 'succeeded'; n += 1) {
      expect(n).toBeLessThan(2 * DEFAULTS.starvedReceives);
      await enqueue(n);
      await stand.invoke({ remaining });
      expect((await system.record()).received).toEqual([]);
      await system.followNew();
    }
    expect(executed.filter((n) => n === 0)).toHaveLength(1);
    expect(await stand.record(id)).toMatchObject({ attempts: 1, unsettled: 1 });
    expect(await stand.record(id)).not.toHaveProperty('hops');
  });

  it('runs before them and alone, once its message came four times', async () => {
    const running = new Set<number>();
    const { stand, executed, enqueue, lapse } = await given(async ({ n }) => {
      running.add(n);
      await sleep(lab.clock, 1_000);
      if (n === 0) expect([...running]).toEqual([0]);
      running.delete(n);
    });
    for (const n of [1, 2]) await enqueue(n);
    const id = await enqueue(0);
    await lapse(id);
    await stand.deliver(await delivered(stand, 4), { remaining });
    expect(executed).toEqual([0, 1, 2]);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('gets another message where another starved one goes before it, its lapse still counted', async () => {
    const { system, stand, executed, enqueue, lapse } = await given();
    const ids = [await enqueue(0)];
    lab.clock.advance(1);
    ids.push(await enqueue(1));
    for (const id of ids) await lapse(id);
    const { failures } = await stand.deliver(await delivered(stand, 4), { remaining });
    expect(failures).toEqual([]);
    expect(executed).toEqual([0]);
    const record = await stand.record(ids[1] as string);
    expect(record).toMatchObject({
      status: 'queued',
      dispatch: 1,
      out: 1,
      unsettled: 1,
      attempts: 0,
      hops: 0,
    });
    expect(record).not.toHaveProperty('token');
    await system.followNew();
    await stand.invoke({ remaining });
    expect(executed).toEqual([0, 1]);
    expect(await stand.record(record.id)).toMatchObject({ status: 'succeeded', attempts: 1, unsettled: 1 });
  });

  it('holds up no other where more of them find no time than run together', { timeout: 10_000 }, async () => {
    const { stand, executed, enqueue, lapse } = await given(undefined, 1);
    for (const n of [0, 1, 2]) {
      await lapse(await enqueue(n));
      lab.clock.advance(1);
    }
    const other = await enqueue(3);
    const { failures } = await stand.deliver(await delivered(stand, 4), { remaining });
    expect(failures).toEqual([]);
    expect(executed).toEqual([0]);
    expect(await stand.record(other)).toMatchObject({ status: 'queued', dispatch: 1, attempts: 0 });
  });

  it('is left to whoever took it meanwhile', async () => {
    const { stand, enqueue, lapse } = await given();
    await lapse(await enqueue(0));
    lab.clock.advance(1);
    const id = await enqueue(1);
    await lapse(id);
    const taken = { token: 'theirs', leaseUntil: lab.clock.now() + 60_000 };
    const stop = lab.clock.after(5_000, () => void stand.amend(id, taken));
    const { failures } = await stand.deliver(await delivered(stand, 4), { remaining });
    stop();
    expect(failures).toEqual([]);
    expect(await stand.record(id)).toMatchObject({ status: 'running', ...taken, dispatch: 0 });
  });
});

describe('a job that waits and finds no time', () => {
  /** Two jobs of a pool that runs one at a time; the second finds no time left. */
  const waiting = async (receives: number) => {
    const executed: number[] = [];
    const work: WorkHandler = ({ n }) => {
      executed.push(n);
      return sleep(lab.clock, 8_000);
    };
    const stand = await lab.stand({ catalog, handlers: { work }, concurrency: 1 });
    await stand.client.enqueue('work', { n: 0 });
    lab.clock.advance(1);
    const { id } = await stand.client.enqueue('work', { n: 1 });
    return { stand, executed, id, messages: await delivered(stand, receives) };
  };

  it('goes back at once, up to the third time', async () => {
    const { stand, id, messages } = await waiting(3);
    expect((await stand.deliver(messages, { remaining })).failures).toHaveLength(1);
    expect(waits(stand)).toEqual([0]);
    expect(await stand.record(id)).toMatchObject({ status: 'queued', dispatch: 0 });
  });

  it('gets another message at the fourth: no attempt burnt, nothing in its history', async () => {
    const { stand, executed, id, messages } = await waiting(4);
    expect((await stand.deliver(messages, { remaining })).failures).toEqual([]);
    const now = lab.clock.now();
    expect(await stand.record(id)).toMatchObject({
      status: 'queued',
      dispatch: 1,
      attempts: 0,
      unsettled: 0,
    });
    expect((await stand.record(id)).runAt).toBeLessThanOrEqual(now);
    expect(await stand.parts(id)).toEqual([]);
    const { received } = await stand.invoke({ remaining });
    expect(received.map(({ Attributes }) => Attributes?.['ApproximateReceiveCount'])).toEqual(['1']);
    expect(executed).toEqual([0, 1]);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('gets it from its redelivered message where the send failed', async () => {
    const { stand, executed, id, messages } = await waiting(4);
    const refused = failBefore(stand.wire.sqs, 'SendMessageCommand');
    expect((await stand.deliver(messages, { remaining })).failures).toHaveLength(1);
    expect(await stand.record(id)).toMatchObject({ status: 'queued', dispatch: 1 });
    refused.stop();
    await stand.drain({ remaining });
    expect(executed).toEqual([0, 1]);
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1, dispatch: 1 });
  });
});

describe('a message that a worker can do nothing for', () => {
  it.each([
    [1, 1],
    [2, 1],
    [1, 4],
    [2, 4],
    [1, 20],
  ])(
    'because it may not claim: of %i at the receive %i, waits twice as long each time',
    async (jobs, receives) => {
      const stand = await lab.stand({ catalog, handlers: { work: () => undefined } });
      for (let n = 0; n < jobs; n += 1) await stand.client.enqueue('work', { n });
      const faults = ['UpdateItemCommand', 'BatchExecuteStatementCommand'].map((command) =>
        meddle(stand.wire.dynamodb, command, denied),
      );
      expect((await stand.deliver(await delivered(stand, receives))).failures).toHaveLength(jobs);
      const wait = Math.min(2 ** (receives - 1), DEFAULTS.releaseCap / 1000);
      expect(waits(stand)).toEqual(Array(jobs).fill(wait));
      for (const fault of faults) fault.stop();
    },
  );
});
