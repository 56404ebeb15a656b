import { GetScheduleCommand, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { DeleteMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../lib/contract/index.ts';
import { scheduleName } from '../../lib/dispatch/index.ts';
import { Operator, type OperatorOptions } from '../../lib/operate/index.ts';
import { System } from '../lifecycle/system.ts';
import { Lab } from '../worker/lab.ts';
import type { catalog } from '../worker/work.ts';
import { DAY, MINUTE, NOW, putOff } from './records.ts';
import { EMPTY, expectTold, type Row } from './told.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** A job that was due five minutes ago, and stood on a one-time schedule until then. */
async function given({
  refused = false,
  retries,
  made = true,
  ...options
}: Partial<OperatorOptions<typeof catalog>> & {
  /** Its queue takes nothing from EventBridge Scheduler. */
  refused?: boolean;
  /** How often EventBridge Scheduler tries again what its queue does not take. @default as often as it does */
  retries?: number;
  /** The lifecycle function got to it. */
  made?: boolean;
} = {}) {
  const system = await System.of(lab);
  const { stand, deadLetters } = system;
  const { dynamodb, sqs, scheduler } = lab.wire;
  const operator = new Operator({
    ...{ tableName: stand.tableName, queues: { default: stand.urls }, clock: lab.clock },
    ...{ deadLetterQueues: { default: { normal: deadLetters.url } } },
    ...{ oneTimeGroup: stand.schedules.group, dynamodb, sqs, scheduler, ...options },
  });
  const { id } = await stand.client.enqueue('work', { n: 1 }, { delay: '1d' });
  if (made) await system.followNew();
  else await system.skipNew();
  const record = await stand.record(id);
  if (refused) {
    const at = { GroupName: stand.schedules.group, Name: scheduleName(record) };
    const { Target, ScheduleExpression, FlexibleTimeWindow, ActionAfterCompletion } = await scheduler.send(
      new GetScheduleCommand(at),
    );
    const input = { ...JSON.parse(Target?.Input ?? ''), QueueUrl: `${stand.urls.normal}-not-there` };
    await scheduler.send(
      new UpdateScheduleCommand({
        ...{ ...at, ScheduleExpression, FlexibleTimeWindow, ActionAfterCompletion },
        Target: Target && {
          ...{ ...Target, Input: JSON.stringify(input) },
          ...(retries === undefined ? {} : { RetryPolicy: { MaximumRetryAttempts: retries } }),
        },
      }),
    );
  }
  await lab.pass(DAY + 5 * MINUTE);
  const until = new Date(Math.ceil(record.runAt / 1_000) * 1_000 + DEFAULTS.scheduleEventAge).toISOString();
  return { system, stand, id, until, where: () => operator.where(id) };
}

describe('where a job is whose one-time schedule is due', () => {
  it('says that EventBridge Scheduler has yet to send it, and until when it tries', async () => {
    const { stand, until, where } = await given({ refused: true });
    // That its queue holds other messages says nothing of it.
    for (const n of [2, 3]) {
      expect(await where()).toMatchObject({
        ...{ place: 'schedule', schedule: { stands: true } },
        here: 'Dispatch 0 still stands on its one-time schedule, due since 5 min: EventBridge Scheduler has not sent it to default/normal yet, or could not.',
        next: `EventBridge Scheduler tries until ${until}; once it is sent, a worker takes it. If EventBridge Scheduler gives it up, as the alarm SchedulerDropped tells, the recorder brings the job back from Scheduler’s own dead-letter queue; that it does not, the alarm SchedulerDeadLetters tells.`,
      });
      await stand.client.enqueue('work', { n });
    }
  });

  it('names the dead-letter queue of EventBridge Scheduler where that gave it up, and the sweeper only then', async () => {
    const { where } = await given({ refused: true, retries: 0 });
    const told = await where();
    expect(told).toMatchObject({ place: 'dead-letter-queue', schedule: { stands: false } });
    expect(told.here).toMatch(
      /^Dispatch 0 is due since 5 min, and its one-time schedule is gone: EventBridge Scheduler has sent it to default\/normal, or given it up\. No message is to be seen .* in the dead-letter queue of EventBridge Scheduler, which nobody counts here\.$/,
    );
    expect(told.next).toMatch(/SchedulerDropped .* SchedulerDeadLetters .* OutboxAge .* the sweeper/);
    await lab.pass(DAY + 9 * MINUTE);
    expect(await where()).toMatchObject({ place: 'dead-letter-queue' });
    await lab.pass(2 * MINUTE);
    const late = await where();
    expect(late).toMatchObject({ place: 'lost', schedule: undefined });
    expect(late.here).toMatch(/the alarm SchedulerDeadLetters tells what lies there\.$/);
    expect(late.next).toMatch(/^If its message is lost, the sweeper sends the next one/);
  });

  it('names its queue where the schedule is gone', async () => {
    const { where } = await given();
    const told = await where();
    expect(told).toMatchObject({ place: 'queue', schedule: { stands: false, firesAt: undefined } });
    expect(told.here).toMatch(/or given it up\. Of that queue SQS counts: 1 wait there, 0 in flight\.$/);
    expect(told.next).toMatch(/^Once it is sent, a worker takes it when its turn comes\. If EventBridge/);
  });

  it('names its dead-letter queue where that holds messages and its queue does not', async () => {
    const { system, stand, where } = await given();
    const [found] = await stand.messages();
    const { Body = '', ReceiptHandle } = found?.message ?? {};
    await lab.wire.sqs.send(new DeleteMessageCommand({ QueueUrl: stand.urls.normal, ReceiptHandle }));
    await system.send(Body);
    expect(await where()).toMatchObject({
      place: 'dead-letter-queue',
      here: expect.stringMatching(/That queue is empty; 1 lie in its dead-letter queue, and it may be one/),
      next: expect.stringMatching(/^The recorder brings it back from there, or ends it\. /),
    });
  });

  it('names the alarms of the outbox, too, where the schedule may never have been made', async () => {
    const { where } = await given({ made: false });
    const told = await where();
    expect(told).toMatchObject({ place: 'dead-letter-queue', schedule: { stands: false } });
    expect(told.next).toContain('the alarms OutboxAge and LifecycleFailures tell');
  });

  it('claims nothing where nobody looked at the schedule', async () => {
    const { stand, until, where } = await given({ refused: true, oneTimeGroup: undefined });
    const told = await where();
    expect(told).toMatchObject({ place: 'schedule', schedule: undefined });
    expect(told.here).toMatch(
      /^Dispatch 0 is due since 5 min, and by its record stood on a one-time schedule; whether EventBridge Scheduler has sent it to default\/normal is not known\. Nobody looked/,
    );
    expect(told.next).toContain(`EventBridge Scheduler tries until ${until}, and may be at it`);
    await stand.client.enqueue('work', { n: 2 });
    const beside = await where();
    expect(beside.place).toBe('queue');
    expect(beside.here).not.toMatch(/waits in/);
    expect(beside.here).toMatch(/is not known\. .* 1 wait there, 0 in flight\.$/);
  });
});

const FAR = putOff(DAY, { runAt: NOW - 5 * MINUTE });
const GONE = { schedule: { group: 'one-time', name: 'name', stands: false, firesAt: undefined } };
const STANDS = { ...GONE.schedule, stands: true };

const ROWS: Row[] = [
  {
    name: 'not sent yet, for a drained queue',
    record: FAR,
    queue: { feed: 'disabled' },
    seen: { schedule: { ...STANDS, firesAt: new Date(NOW - 5 * MINUTE) } },
    place: 'schedule',
    here: /still stands/,
    next: /The queue is drained: not before `millrace resume default\/normal`\.$/,
  },
  {
    name: 'not sent yet, and somebody changed its schedule',
    record: FAR,
    seen: { schedule: { ...STANDS, firesAt: new Date(NOW + 60 * MINUTE) } },
    place: 'schedule',
    here: /^Dispatch 2 stands on a one-time schedule until 2027-01-01T01:00:00.000Z/,
    next: /^EventBridge Scheduler sends it to default\/normal in 60 min/,
  },
  {
    name: 'hardly given up',
    record: putOff(3 * DAY, { runAt: NOW - DAY - MINUTE }),
    seen: { schedule: STANDS },
    place: 'schedule',
    here: /still stands/,
    next: /^EventBridge Scheduler tried until 2026-12-31T23:59:00.000Z; /,
  },
  {
    name: 'sent to a drained queue, or given up',
    record: FAR,
    queue: { feed: 'disabled' },
    seen: GONE,
    place: 'paused',
    here: /or given it up\. That queue is drained \(7 wait there, 3 in flight\)\.$/,
    next: /^Once it is sent, nothing happens to it until `millrace resume default\/normal`\. If EventBridge/,
  },
  {
    name: 'just sent, with counts that lag behind',
    record: putOff(DAY, { runAt: NOW - 90_000 }),
    queue: EMPTY,
    seen: GONE,
    place: 'queue',
    here: /0 wait there/,
    next: /when its turn comes\./,
  },
  {
    name: 'given up by now, where nobody looked',
    record: putOff(3 * DAY, { runAt: NOW - DAY - MINUTE }),
    queue: EMPTY,
    seen: { scheduleUnseen: 'The credentials do not allow to look at that schedule.' },
    place: 'dead-letter-queue',
    here: /is not known\. The credentials do not allow .* which nobody counts here\.$/,
    next: /the sweeper sends the next one/,
  },
  {
    name: 'in a queue that the credentials do not allow to ask',
    record: FAR,
    queue: 'unknown',
    seen: { forbidden: true },
    place: 'queue',
    here: /^Dispatch 2 is due .* The credentials do not allow to ask that queue how it stands\.$/,
    next: /^Once it is sent, a worker takes it, unless its queue is drained\. If EventBridge/,
  },
  {
    name: 'to be cancelled',
    record: { ...FAR, cancelRequested: true },
    seen: GONE,
    place: 'queue',
    here: /or given it up/,
    next: /^Once it is sent, a worker receives its message when its turn comes\. .* ends it as cancelled\.$/,
  },
];

describe('where a job is that was on a one-time schedule', () => {
  it.each(ROWS)('is told of one that is $name', expectTold);
});
