import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineCatalog,
  defineJob,
  defineSchedule,
  readTick,
  type ScheduleOptions,
} from '../../lib/contract/index.ts';
import { entry, makeStack } from './fixtures/stack.ts';

const report = defineJob({
  name: 'report',
  schema: z.object({ title: z.string(), copies: z.number().default(1) }),
  version: 3,
  priority: 'low',
});
type Options = Partial<ScheduleOptions<typeof report>>;

function stackOf(options: Options) {
  const all = { name: 'daily', payload: { title: '<Yesterday>' }, ...options };
  const schedules = [defineSchedule(report, all as ScheduleOptions<typeof report>)];
  const made = makeStack({ catalog: defineCatalog([report], { schedules }), pools: { default: { entry } } });
  return { ...made, template: made.template() };
}

function resourceOf(options: Options) {
  const [resource] = Object.entries(
    stackOf(options).template.findResources('AWS::Scheduler::Schedule'),
  ).filter(([id]) => id.startsWith('MillraceSchedules'));
  return resource?.[1]['Properties'];
}

function warnings(options: Options): string[] {
  const { stack } = stackOf(options);
  return stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === 'aws:cdk:warning')
    .map(({ data }) => String(data));
}

describe('a schedule of the catalog', () => {
  it('is a schedule of the stack’s own group, by its expression and zone, at its time', () => {
    expect(resourceOf({ cron: '0 7 ? * MON-FRI *', timeZone: 'Europe/Berlin' })).toMatchObject({
      GroupName: { Ref: expect.stringMatching(/^MillraceSchedulerDeclared/) },
      Description: 'Makes jobs of the type report: the schedule daily',
      ScheduleExpression: 'cron(0 7 ? * MON-FRI *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
    });
  });

  it('has no physical name, and neither start nor end of its own accord', () => {
    const resource = resourceOf({ every: '90m' });
    expect(resource.ScheduleExpression).toBe('rate(90 minutes)');
    for (const property of ['Name', 'StartDate', 'EndDate', 'State'])
      expect(resource).not.toHaveProperty(property);
  });

  it('sends its tick to the queue of its pool and priority, whatever its payload looks like', () => {
    const { Target } = resourceOf({ every: '1d', tenant: 'acme', priority: 'high', overlap: 'skip' });
    expect(Target.Arn).toEqual({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':scheduler:::aws-sdk:sqs:sendMessage']],
    });
    const [before, queue, after] = Target.Input['Fn::Join'][1];
    expect(queue.Ref).toMatch(/^MillraceQueuesdefaulthighJobs/);
    const input = JSON.parse(`${before}https://sqs.eu-west-1.amazonaws.com/1/q${after}`);
    expect(input.MessageGroupId).toBe('acme');
    const body = input.MessageBody.replace('<aws.scheduler.scheduled-time>', '2027-03-22T18:59:00Z');
    expect(readTick(body)).toMatchObject({
      schedule: 'daily',
      job: { type: 'report', version: 3, pool: 'default', priority: 'high' },
      payload: { title: '<Yesterday>' },
      overlap: 'skip',
      tenant: 'acme',
      at: Date.parse('2027-03-22T18:59:00Z'),
    });
  });

  it('goes to the dead-letter queue after at most a day, or when it is of no use any more', () => {
    const retryOf = (options: { maxAge?: '3d' | '90s' }) =>
      resourceOf({ every: '1d', ...options }).Target.RetryPolicy;
    expect(retryOf({})).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
    expect(retryOf({ maxAge: '3d' }).MaximumEventAgeInSeconds).toBe(86_400);
    expect(retryOf({ maxAge: '90s' }).MaximumEventAgeInSeconds).toBe(90);
    const { Target } = resourceOf({ every: '1d' });
    expect(Target.DeadLetterConfig.Arn).toEqual({
      'Fn::GetAtt': [expect.stringMatching(/^MillraceSchedulerDeadLetters/), 'Arn'],
    });
    expect(Target.RoleArn).toEqual({
      'Fn::GetAtt': [expect.stringMatching(/^MillraceSchedulerRole/), 'Arn'],
    });
  });

  it('has the window, the span and the description that it is given', () => {
    const startAt = new Date('2190-01-01T00:00:00Z');
    const endAt = Date.parse('2190-02-01T00:00:00Z');
    expect(resourceOf({ every: '1d', window: '2h', startAt, endAt, description: 'For Ada' })).toMatchObject({
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 120 },
      StartDate: '2190-01-01T00:00:00.000Z',
      EndDate: '2190-02-01T00:00:00.000Z',
      Description: 'For Ada',
    });
  });

  it('is left out with a warning once it is over', () => {
    const over = { every: '1d', startAt: 0, endAt: 86_400_000 } as const;
    expect(resourceOf(over)).toBeUndefined();
    expect(warnings(over).join()).toContain("The schedule 'daily' is over (1970-01-02T00:00:00.000Z)");
    expect(warnings({ cron: '0 0 1 1 ? 2020' }).join()).toContain('is over (cron(0 0 1 1 ? 2020))');
  });

  it('has no start that has passed: EventBridge Scheduler refuses it; a rate is warned of', () => {
    const cron = { cron: '0 7 * * ? *', startAt: 0 } as const;
    expect(resourceOf(cron)).not.toHaveProperty('StartDate');
    expect(warnings(cron)).toEqual([]);
    const rate = { every: '2d', startAt: 0 } as const;
    expect(resourceOf(rate)).not.toHaveProperty('StartDate');
    expect(warnings(rate).join()).toContain("The schedule 'daily' began at 1970-01-01");
  });
});

describe('the groups of schedules', () => {
  const { template } = stackOf({ every: '1d' });

  it('are three: those with state are retained, the stack’s own goes with it', () => {
    const groups = template.findResources('AWS::Scheduler::ScheduleGroup');
    const policies = Object.entries(groups).map(([id, { DeletionPolicy }]) => [
      id.replace(/^MillraceScheduler|Group[0-9A-F]{8}$/g, ''),
      DeletionPolicy,
    ]);
    expect(Object.fromEntries(policies)).toEqual({
      OneTime: 'Retain',
      Runtime: 'Retain',
      Declared: undefined,
    });
  });

  it('have names that are of this stack alone, of at most 64 characters', () => {
    for (const { Properties } of Object.values(template.findResources('AWS::Scheduler::ScheduleGroup'))) {
      const [prefix, id] = Properties.Name['Fn::Join'][1];
      expect(id).toEqual({ 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] });
      expect(prefix).toMatch(/^[0-9A-Za-z-_.]{1,28}$/);
    }
  });

  it('may borrow the role that sends, and nobody else may', () => {
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                'aws:SourceArn': ['OneTime', 'Runtime', 'Declared'].map((id) => ({
                  'Fn::GetAtt': [Match.stringLikeRegexp(`^MillraceScheduler${id}Group`), 'Arn'],
                })),
              },
            },
          },
        ],
      },
    });
  });
});
