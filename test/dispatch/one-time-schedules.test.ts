import { CreateScheduleGroupCommand, GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Envelope,
  LIMITS,
  MillraceError,
  readEnvelope,
  writeEnvelope,
} from '../../lib/contract/index.ts';
import {
  firesAt,
  OneTimeSchedules,
  type OneTimeSchedulesOptions,
  scheduleName,
  unsentMessage,
} from '../../lib/dispatch/index.ts';
import { localCredentials } from '../../lib/local/engines/index.ts';
import { ManualClock } from '../clock/manual-clock.ts';
import { failAfter, meddle } from '../faults/sdk-faults.ts';
import { Lab } from '../worker/lab.ts';
import { testEnvelope } from './test-envelope.ts';

const GROUP = 'one-time';
const ROLE = 'arn:aws:iam::000000000000:role/scheduler';
const HOUR = 3_600_000;
/** Half a second past a minute. */
const DUE = new ManualClock().now() + HOUR + 500;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
  await lab.wire.scheduler.send(new CreateScheduleGroupCommand({ Name: GROUP }));
});
afterAll(() => lab[Symbol.asyncDispose]());

async function made(changes: Partial<OneTimeSchedulesOptions> = {}) {
  const [queue, dead] = await Promise.all([lab.queue({}), lab.queue({})]);
  const endpoint = lab.endpoints.scheduler;
  const client = new SchedulerClient({
    endpoint,
    region: 'us-east-1',
    credentials: localCredentials,
    maxAttempts: 1,
  });
  const queues = { default: { normal: queue.url } };
  const options = { client, queues, group: GROUP, role: ROLE, deadLetters: dead.arn, ...changes };
  const schedules = new OneTimeSchedules(options);
  const get = (envelope: Envelope) =>
    client.send(new GetScheduleCommand({ GroupName: options.group, Name: scheduleName(envelope) }));
  return { schedules, client, queue, dead, get };
}

function far(changes: Partial<Envelope> = {}): Envelope {
  return testEnvelope({ runAt: DUE, tenant: 'acme', ...changes });
}

describe('a one-time schedule', () => {
  it('sends the message to its queue, in its tenant’s group, at the next whole second, once', async () => {
    const { schedules, queue, dead, get } = await made();
    const envelope = far();
    await schedules.create(envelope);
    const { Target, ...schedule } = await get(envelope);
    expect(schedule).toMatchObject({
      ScheduleExpression: 'at(2027-01-01T01:00:01)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
    });
    expect(Target).toMatchObject({
      Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
      RoleArn: ROLE,
      DeadLetterConfig: { Arn: dead.arn },
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    });
    expect(JSON.parse(Target?.Input ?? '')).toEqual({
      QueueUrl: queue.url,
      MessageBody: writeEnvelope(envelope),
      MessageGroupId: 'acme',
    });
  });

  it('sends without a group what has no tenant', async () => {
    const { schedules, get } = await made();
    const envelope = far({ tenant: undefined });
    await schedules.create(envelope);
    expect(JSON.parse((await get(envelope)).Target?.Input ?? '')).not.toHaveProperty('MessageGroupId');
  });

  it('uses the target of the role’s partition', async () => {
    const { schedules, client } = await made({ role: 'arn:aws-cn:iam::000000000000:role/scheduler' });
    let target: unknown;
    using _seen = meddle(client, 'CreateScheduleCommand', ({ input }) => {
      target = (input as { Target: { Arn: string } }).Target.Arn;
      return Promise.resolve({ $metadata: {} });
    });
    await schedules.create(far());
    expect(target).toBe('arn:aws-cn:scheduler:::aws-sdk:sqs:sendMessage');
  });

  it('tells when it fires, by its expression alone', async () => {
    const { schedules, get } = await made();
    const envelope = far();
    await schedules.create(envelope);
    const { ScheduleExpression = '' } = await get(envelope);
    expect(firesAt(ScheduleExpression)).toEqual(new Date(DUE + 500));
    for (const other of ['', 'rate(1 hour)', 'at(tomorrow)']) expect(firesAt(other)).toBeUndefined();
  });

  it('has a name that Scheduler takes, of each dispatch its own', () => {
    const { id, gen } = far({ id: `k${'x'.repeat(200)}/ü#` });
    const names = [0, 1, 2].flatMap((dispatch) => [
      scheduleName({ id, gen, dispatch }),
      scheduleName({ id, gen: `${gen}1`, dispatch }),
    ]);
    expect(new Set(names).size).toBe(6);
    for (const name of names) expect(name).toMatch(/^[0-9a-zA-Z-_]{1,64}$/);
    expect(scheduleName({ id, gen, dispatch: 0 })).toBe(names[0]);
  });

  it('that exists is the one that was wanted', async () => {
    const { schedules, client, get } = await made();
    const envelope = far();
    {
      using _lost = failAfter(client, 'CreateScheduleCommand', 1);
      await expect(schedules.create(envelope)).rejects.toThrow('socket hang up');
    }
    await schedules.create({ ...envelope, nonce: 'of another try' });
    const { Target } = await get(envelope);
    expect(readEnvelope(unsentMessage(Target?.Input ?? '') ?? '').nonce).toBe(envelope.nonce);
  });

  it('is deleted; one that is gone is deleted already', async () => {
    const { schedules, get } = await made();
    const envelope = far();
    await schedules.create(envelope);
    await schedules.delete(envelope);
    await expect(get(envelope)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await schedules.delete(envelope);
  });

  it.each([
    '<aws.scheduler.scheduled-time>',
    '<aws.scheduler.execution-id>',
    '\\<aws.scheduler.attempt-number>',
  ])('leaves a payload and a tenant alone that look like what Scheduler fills in: %s', async (text) => {
    const { schedules, get, queue } = await made();
    const tenant = text.replace('\\', '');
    const envelope = far({ payload: { text, [text]: [text] }, tenant, runAt: lab.clock.now() + 1_000 });
    await schedules.create(envelope);
    const input = (await get(envelope)).Target?.Input ?? '';
    expect(input).not.toContain('<aws.scheduler');
    const { MessageBody, MessageGroupId } = JSON.parse(input);
    expect(MessageBody).not.toContain('<aws.scheduler');
    expect(readEnvelope(MessageBody)).toEqual(JSON.parse(JSON.stringify(envelope)));
    expect(MessageGroupId).toBe(tenant);
    await lab.pass(2_000);
    const [message] = await received(queue.url);
    expect(readEnvelope(message ?? '').payload).toEqual({ text, [text]: [text] });
  });

  it('has room for what its Input may have, quotes and all', async () => {
    const { schedules } = await made();
    const room = (payload: string) => schedules.fits(far({ payload }));
    expect(room('x'.repeat(250_000))).toBe(true);
    expect(room('x'.repeat(LIMITS.scheduleInputBytes))).toBe(false);
    // A quote takes four characters of the Input: JSON in JSON.
    expect(room('"'.repeat(70_000))).toBe(false);
    // And what lies beyond ASCII, bytes.
    expect(room('ä'.repeat(140_000))).toBe(false);
  });
});

describe('what is wrong with the configuration is said', () => {
  it('of a group that is missing', async () => {
    const { schedules } = await made({ group: 'nowhere' });
    await expect(schedules.create(far())).rejects.toMatchObject({
      code: 'RESOURCE_MISSING',
      message: expect.stringContaining('The schedule group does not exist. Got: nowhere in us-east-1'),
    });
  });

  it.each([
    ['AccessDeniedException', 'not authorized to perform: iam:PassRole', 'PERMISSION_DENIED'],
    [
      'ValidationException',
      'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
      'RESOURCE_MISMATCH',
    ],
  ])('of a role that may not be used: %s', async (name, message, code) => {
    const { schedules, client } = await made();
    using _refused = meddle(client, 'CreateScheduleCommand', () =>
      Promise.reject(Object.assign(new Error(message), { name })),
    );
    const error = await schedules.create(far()).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(MillraceError);
    expect(error).toMatchObject({ code, retryable: false });
  });
});

describe('what Scheduler could not send', () => {
  it('is the message in its Input', () => {
    const body = writeEnvelope(far());
    expect(unsentMessage(JSON.stringify({ QueueUrl: 'https://queue', MessageBody: body }))).toBe(body);
  });

  it.each([
    '',
    'hello',
    'null',
    '[]',
    '{}',
    '{"MessageBody":"x"}',
    '{"QueueUrl":"x","MessageBody":7}',
    '{"v":1}',
  ])('is nothing else: %j', (body) => {
    expect(unsentMessage(body)).toBeUndefined();
  });
});

async function received(QueueUrl: string): Promise<string[]> {
  const { Messages = [] } = await lab.wire.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  return Messages.map(({ Body = '' }) => Body);
}
