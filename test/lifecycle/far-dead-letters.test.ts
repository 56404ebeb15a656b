import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS, readEnvelope } from '../../lib/contract/index.ts';
import { decideSweep } from '../../lib/lifecycle/index.ts';
import { Lab } from '../worker/lab.ts';
import { System } from './system.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const HOUR = 3_600_000;

/** A job of the far kind, and its schedule's Input. */
async function scheduled(payload: { n: number; text?: string } = { n: 1 }) {
  const system = await System.of(lab);
  const { stand } = system;
  const { id } = await stand.client.enqueue('work', payload, { delay: HOUR, tenant: 'acme' });
  await system.followNew();
  const [schedule] = await stand.standing();
  return { system, stand, id, input: schedule?.Target?.Input ?? '', record: () => stand.record(id) };
}

describe('what EventBridge Scheduler could not send', () => {
  it('comes to its dead-letter queue, and the recorder brings the job back', async () => {
    const { system, stand, input, record } = await scheduled();
    await lab.pass(HOUR + 1_000);
    // As if the queue had refused it: the schedule is gone, the message was never there.
    expect(await stand.messages()).toHaveLength(1);
    await system.send(input);
    expect((await system.record()).failures).toEqual([]);
    expect(await record()).toMatchObject({ status: 'scheduled', dispatch: 1, out: 1, hops: 1 });
    await system.followNew();
    await stand.drain();
    expect(await record()).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('of a job that has ended is done with', async () => {
    const { system, stand, id, input, record } = await scheduled();
    await stand.client.cancel([id]);
    await system.send(input);
    expect((await system.record()).failures).toEqual([]);
    expect(await record()).toMatchObject({ status: 'cancelled', dispatch: 0 });
  });

  it('before it is due stands on a schedule again, the old one taken back', async () => {
    const { system, stand, input, record } = await scheduled();
    const [before] = await stand.standing();
    await system.send(input);
    await system.record();
    expect(await record()).toMatchObject({ dispatch: 1, out: 1, drop: 0 });
    await system.followNew();
    const after = await stand.standing();
    expect(after).toHaveLength(1);
    expect(after[0]?.Name).not.toBe(before?.Name);
  });

  it('and nobody can read is filed whole', async () => {
    const { system, stand } = await scheduled();
    const body = JSON.stringify({ QueueUrl: 'https://queue', MessageBody: 'hello' });
    await system.send(body);
    expect((await system.record()).failures).toEqual([]);
    const { messages } = await stand.client.listQuarantined();
    expect(messages).toMatchObject([{ body }]);
  });
});

describe('a message that refers to its payload, and a worker of an older build', () => {
  it('ends in the recorder, which has it sent whole', async () => {
    const payload = { n: 1, text: 'ä'.repeat(150_000) };
    const { system, stand, input, record } = await scheduled(payload);
    const { MessageBody } = JSON.parse(input);
    expect(readEnvelope(MessageBody)).toMatchObject({ v: 2 });
    await lab.pass(HOUR + 1_000);
    // An older build finds it unreadable, again and again, until it falls into the dead-letter queue.
    await stand.messages();
    await system.send(MessageBody);
    await system.record();
    expect(await record()).toMatchObject({ dispatch: 1, out: 1, hops: 1 });
    await system.followNew();
    const [message] = await stand.messages();
    expect(message?.envelope).toMatchObject({ v: 1, dispatch: 1, payload });
  });
});

describe('a schedule that never fires', () => {
  it('leaves its job to the sweeper, once EventBridge Scheduler and every queue have given it up', async () => {
    const { record } = await scheduled();
    // As the stack has it: the queues' retentions, and the day that Scheduler tries for.
    const messageRetention = 18 * 86_400_000 + DEFAULTS.scheduleEventAge;
    const rules = { messageRetention, lapseLimit: 3, hopLimit: 5 };
    const job = await record();
    const certain = job.runAt + messageRetention;
    expect(decideSweep(job, { ...rules, now: certain })).toEqual({ do: 'nothing' });
    expect(decideSweep(job, { ...rules, now: certain + 1 })).toEqual({ do: 'redispatch' });
  });
});
