import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type App, CfnOutput, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalCloud, type LocalEvent, startLocal } from '../../../lib/local/index.ts';
import { createFixture, type Fixture } from './fixture-app.ts';

const UNIVERSAL = 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage';
const OFF = { mode: 'OFF' };
/** Makes a schedule of its own when it is invoked, as a lifecycle function does. */
const MAKER = `
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
const scheduler = new SchedulerClient();
export const handler = async (event) => {
  const { GROUP: GroupName, ROLE: RoleArn, QUEUE: QueueUrl } = process.env;
  await scheduler.send(new CreateScheduleCommand({
    Name: 'made-by-function', GroupName, ScheduleExpression: 'at(2199-01-01T00:00:00)', FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: '${UNIVERSAL}', RoleArn, Input: JSON.stringify({ QueueUrl, MessageBody: event.at }) },
  }));
};
`;

/** A queue that a schedule sends to at once, a function that another invokes at once, and one that nobody takes. */
function schedules(app: App, maker: string): void {
  const stack = new Stack(app, 'Schedules');
  const group = new CfnScheduleGroup(stack, 'Group');
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') });
  const queue = new Queue(stack, 'Queue', { enforceSSL: true });
  const fn = new Lambda(stack, 'Maker', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromAsset(maker),
    environment: { GROUP: group.ref, ROLE: role.roleArn, QUEUE: queue.queueUrl },
  });
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['scheduler:CreateSchedule'],
      resources: [
        stack.formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${group.ref}/*` }),
      ],
    }),
  );
  const common = { groupName: group.ref, flexibleTimeWindow: OFF };
  const ticks = new CfnSchedule(stack, 'Ticks', {
    ...common,
    scheduleExpression: 'rate(1 hour)',
    target: {
      arn: UNIVERSAL,
      roleArn: role.roleArn,
      input: stack.toJsonString({
        QueueUrl: queue.queueUrl,
        MessageBody: '<aws.scheduler.scheduled-time>',
        MessageGroupId: 'acme',
      }),
    },
  });
  new CfnSchedule(stack, 'Calls', {
    ...common,
    scheduleExpression: 'rate(1 hour)',
    target: { arn: fn.functionArn, roleArn: role.roleArn, input: '{"at":"<aws.scheduler.scheduled-time>"}' },
  });
  new CfnSchedule(stack, 'Lost', {
    ...common,
    scheduleExpression: 'rate(1 hour)',
    target: {
      arn: queue.queueArn.concat('-elsewhere'),
      roleArn: role.roleArn,
      input: 'x',
      retryPolicy: { maximumRetryAttempts: 0 },
    },
  });
  const outputs = {
    QueueUrl: queue.queueUrl,
    GroupName: group.ref,
    GroupArn: group.attrArn,
    TicksName: ticks.ref,
    TicksArn: ticks.attrArn,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
}

describe('a local cloud with schedules', () => {
  let fixture: Fixture;
  let cloud: LocalCloud;
  let client: SchedulerClient;
  const events: LocalEvent[] = [];

  beforeAll(async () => {
    fixture = await createFixture();
    const maker = await fixture.code('maker', MAKER);
    const app = fixture.synth((root) => schedules(root, maker));
    cloud = await startLocal({ app, recordCalls: true, onEvent: (event) => events.push(event) });
    const { AWS_REGION: region = '', AWS_ENDPOINT_URL_SCHEDULER: endpoint } = cloud.env;
    client = new SchedulerClient({
      region,
      endpoint,
      credentials: { accessKeyId: 'millrace', secretAccessKey: 'millrace' },
    });
  }, 60_000);

  afterAll(async () => {
    client?.destroy();
    await cloud?.[Symbol.asyncDispose]();
    await fixture?.[Symbol.asyncDispose]();
  }, 30_000);

  const output = (name: string) => cloud.outputs['Schedules']?.[name] ?? '';

  it('makes them, by the names and ARNs that the template refers to', async () => {
    const prefix = 'arn:aws:scheduler:us-east-1:000000000000';
    expect(output('GroupArn')).toBe(`${prefix}:schedule-group/${output('GroupName')}`);
    expect(output('TicksArn')).toBe(`${prefix}:schedule/${output('GroupName')}/${output('TicksName')}`);
    const address = { Name: output('TicksName'), GroupName: output('GroupName') };
    const found = await client.send(new GetScheduleCommand(address));
    expect(found).toMatchObject({
      Arn: output('TicksArn'),
      ScheduleExpression: 'rate(1 hour)',
      State: 'ENABLED',
    });
    expect(cloud.notEmulated.join()).not.toMatch(/chedule/);
  });

  it('fires them into the queues of the stack', async () => {
    const { AWS_REGION: region = '', AWS_ENDPOINT_URL_SQS: endpoint } = cloud.env;
    const credentials = { accessKeyId: 'millrace', secretAccessKey: 'millrace' };
    const sqs = new SQSClient({ region, endpoint, credentials });
    const receive = new ReceiveMessageCommand({ QueueUrl: output('QueueUrl'), WaitTimeSeconds: 10 });
    const { Messages = [] } = await sqs.send(receive);
    sqs.destroy();
    expect(Messages.map(({ Body }) => Body)).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    ]);
  }, 20_000);

  it('invokes functions by them, whose own calls to Scheduler are answered, and judged as IAM would', async () => {
    await vi.waitFor(
      async () => {
        const { Schedules = [] } = await client.send(
          new ListSchedulesCommand({ NamePrefix: 'made-by-function' }),
        );
        expect(Schedules.map(({ GroupName }) => GroupName)).toEqual([output('GroupName')]);
      },
      { timeout: 20_000, interval: 100 },
    );
    const made = cloud
      .requests()
      .find(({ operation, functionName }) => operation === 'CreateSchedule' && functionName);
    expect(made?.requires).toEqual([
      {
        action: 'scheduler:CreateSchedule',
        resource: `arn:aws:scheduler:us-east-1:000000000000:schedule/${output('GroupName')}/made-by-function`,
      },
      {
        action: 'iam:PassRole',
        resource: expect.stringMatching(/^arn:aws:iam::000000000000:role\//),
        context: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
      },
    ]);
  }, 30_000);

  it('says what became of an event that nobody takes', async () => {
    await vi.waitFor(() => {
      const failed = events.flatMap((event) => (event.type === 'schedule-failed' ? event : []));
      expect(failed.map(({ message }) => message)).toEqual([
        expect.stringMatching(/^try 1 failed: .*queue/),
        expect.stringMatching(/^given up and lost: .*queue/),
      ]);
      expect(failed[0]?.schedule).toMatch(/:schedule\/.*Lost/);
    });
  });
});

describe('a schedule that AWS would refuse', () => {
  it('is refused at start, by its place in the template and in AWS’s reasons', async () => {
    await using fixture = await createFixture();
    const app = fixture.synth((root) => {
      const stack = new Stack(root, 'Wrong');
      new CfnSchedule(stack, 'Never', {
        scheduleExpression: 'cron(0 0 1 * MON *)',
        flexibleTimeWindow: OFF,
        target: {
          arn: 'arn:aws:sqs:us-east-1:000000000000:jobs',
          roleArn: 'arn:aws:iam::000000000000:role/r',
        },
      });
    });
    await expect(startLocal({ app })).rejects.toThrow(/Never.*exactly one of day-of-month and day-of-week/);
  }, 30_000);
});
