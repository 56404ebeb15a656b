import { DeleteScheduleCommand } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scheduleName } from '../../lib/dispatch/index.ts';
import { Operator, type OperatorOptions } from '../../lib/operate/index.ts';
import { meddle, watch } from '../faults/sdk-faults.ts';
import { System } from '../lifecycle/system.ts';
import { Lab } from '../worker/lab.ts';
import type { catalog } from '../worker/work.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** A job that is due in a day, and who asks where it is. */
async function given(options: Partial<OperatorOptions<typeof catalog>> = {}) {
  const system = await System.of(lab);
  const { stand } = system;
  const { dynamodb, sqs, scheduler } = lab.wire;
  const { group } = stand.schedules;
  const operator = new Operator({
    ...{ tableName: stand.tableName, queues: { default: stand.urls }, clock: lab.clock },
    ...{ oneTimeGroup: group, dynamodb, sqs, scheduler, ...options },
  });
  const { id } = await stand.client.enqueue('work', { n: 1 }, { delay: '1d' });
  const { runAt } = await stand.record(id);
  const name = async () => scheduleName(await stand.record(id));
  return {
    system,
    stand,
    group,
    id,
    runAt: new Date(runAt),
    name,
    operator,
    where: () => operator.where(id),
  };
}

/** The next whole second, as EventBridge Scheduler's expressions have it. */
function wholeSecond(time: Date): Date {
  return new Date(Math.ceil(time.getTime() / 1_000) * 1_000);
}

describe('where a job is that is to stand on a one-time schedule', () => {
  it('says that the schedule is there, and when it fires', async () => {
    const { system, group, id, runAt, name, where } = await given();
    await system.followNew();
    await lab.pass(HOUR);
    const firesAt = wholeSecond(runAt);
    expect(await where()).toMatchObject({
      ...{ id, place: 'schedule', schedule: { group, name: await name(), stands: true, firesAt } },
      here: `Dispatch 0 stands on a one-time schedule until ${firesAt.toISOString()}: it is scheduled.`,
      next: 'EventBridge Scheduler sends it to default/normal in 23 h, or up to a minute later; then a worker takes it. A cancel takes the schedule with it.',
    });
  });

  it('names the outbox while the lifecycle function has yet to make it', async () => {
    const { system, group, runAt, name, where } = await given();
    await system.skipNew();
    expect(await where()).toMatchObject({
      ...{ place: 'outbox', schedule: { group, name: await name(), stands: false, firesAt: undefined } },
      here: `It is in the outbox: dispatch 0 stands in the table, and the lifecycle function is to put it on a one-time schedule until ${runAt.toISOString()}.`,
      next: 'It is put there within seconds; EventBridge Scheduler sends it to default/normal in 24 h, or up to a minute later.',
    });
  });

  it('names the outbox and its alarm where it was not made for long', async () => {
    const { system, group, where } = await given();
    await system.skipNew();
    await lab.pass(MINUTE);
    const told = await where();
    expect(told).toMatchObject({ place: 'outbox', schedule: { stands: false } });
    expect(told.here).toContain(
      `But there is none of it in the group ${group}. The lifecycle function has yet`,
    );
    expect(told.here).toContain('waits in default/normal with a delay (0 are delayed there)');
    expect(told.next).toMatch(/^Look at the alarm OutboxAge /);
  });

  it('names its queue where Scheduler did not take it, and the schedule again once a worker put it off', async () => {
    const { system, stand, where } = await given();
    {
      using _refused = meddle(system.wire.scheduler, 'CreateScheduleCommand', () =>
        Promise.reject(Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })),
      );
      await system.followNew();
    }
    await lab.pass(MINUTE);
    const told = await where();
    expect(told).toMatchObject({ place: 'delayed', schedule: { stands: false }, queue: { delayed: 1 } });
    expect(told.here).toContain('waits in default/normal with a delay (1 are delayed there)');
    expect(told.next).toContain('a worker gets it within 15 minutes and puts the job off again');
    await lab.pass(15 * MINUTE);
    await stand.invoke();
    await system.followNew();
    expect(await where()).toMatchObject({ place: 'schedule', schedule: { stands: true } });
  });

  it('leaves it to the sweeper where somebody deleted it', async () => {
    const { system, group, name, where } = await given();
    await system.followNew();
    await lab.pass(HOUR);
    await lab.wire.scheduler.send(new DeleteScheduleCommand({ GroupName: group, Name: await name() }));
    const told = await where();
    expect(told).toMatchObject({ place: 'outbox', schedule: { stands: false } });
    expect(told.here).toMatch(/or somebody deleted it\.$/);
    // Its 23 hours, EventBridge Scheduler's day, and the queue's retention of four.
    expect(told.next).toMatch(
      /If the schedule was deleted, the sweeper sends the next one once none can exist any more, in 6 d and up to a day\.$/,
    );
  });

  it('says that its queue is not configured where that is so', async () => {
    const { system, where } = await given({ queues: { other: { low: 'http://localhost/low' } } });
    await system.followNew();
    await lab.pass(HOUR);
    const told = await where();
    expect(told).toMatchObject({ place: 'schedule', schedule: { stands: true }, queue: undefined });
    expect(told.here).toMatch(/No queue default\/normal is configured: no worker of the stack is known/);
    expect(told.next).toMatch(/^It is due in 23 h, and nothing is known to take it then\. .*QueueGoneError/);
  });

  it('is told by the record alone where the credentials do not allow to look', async () => {
    const { system, runAt, where } = await given();
    await system.followNew();
    using _denied = meddle(lab.wire.scheduler, 'GetScheduleCommand', () =>
      Promise.reject(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' })),
    );
    const told = await where();
    expect(told).toMatchObject({ place: 'schedule', schedule: undefined, queue: { delayed: 0 } });
    expect(told.here).toContain(
      `By its record, dispatch 0 stands on a one-time schedule until ${runAt.toISOString()}`,
    );
    expect(told.here).toContain(
      'The credentials do not allow to look at that schedule. While the alarm OutboxAge is on,',
    );
  });

  it('is told by the record alone where the configuration does not name the group', async () => {
    const { where } = await given({ oneTimeGroup: undefined });
    using looks = watch(lab.wire.scheduler, 'GetScheduleCommand');
    const told = await where();
    expect(told).toMatchObject({ place: 'schedule', schedule: undefined });
    expect(told.here).toContain('Nobody looked at that schedule: the configuration does not name its group.');
    expect(looks.tries).toBe(0);
  });

  it('is told by the record and the queue where Scheduler cannot be asked, and why it could not', async () => {
    const { where } = await given();
    using _down = meddle(lab.wire.scheduler, 'GetScheduleCommand', () =>
      Promise.reject(new Error('socket hang up')),
    );
    const told = await where();
    expect(told).toMatchObject({ place: 'schedule', schedule: undefined, queue: { delayed: 0 } });
    expect(told.here).toContain('That schedule could not be looked at (Error: socket hang up).');
  });

  it('is not asked of a job that its queue has, nor a day after the job was due', async () => {
    const { system, stand, operator, where } = await given();
    await system.followNew();
    const soon = await stand.client.enqueue('work', { n: 2 }, { delay: '10m' });
    using looks = watch(lab.wire.scheduler, 'GetScheduleCommand');
    expect(await operator.where(soon.id)).toMatchObject({ place: 'delayed', schedule: undefined });
    await lab.pass(48 * HOUR + 16 * MINUTE);
    expect(await where()).toMatchObject({ place: 'queue', schedule: undefined });
    expect(looks.tries).toBe(0);
  });
});
