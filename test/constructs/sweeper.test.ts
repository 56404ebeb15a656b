import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ENV, FUNCTION_ENVIRONMENT } from '../../lib/contract/index.ts';
import { makeStack } from './fixtures/stack.ts';

const template = makeStack().template();
const [id, sweeper] = Object.entries(template.findResources('AWS::Lambda::Function')).find(([logicalId]) =>
  logicalId.startsWith('MillraceSweeperFunction'),
) ?? ['', {}];
const [aliasId] = Object.keys(template.findResources('AWS::Lambda::Alias')).filter((logicalId) =>
  logicalId.startsWith('MillraceSweeper'),
);
const variables = sweeper?.['Properties'].Environment.Variables;

describe('the sweeper', () => {
  it('has the environment that it reads, and knows how long a message can exist', () => {
    expect(Object.keys(variables).sort()).toEqual(FUNCTION_ENVIRONMENT.sweeper.map((key) => ENV[key]).sort());
    // A day in which EventBridge Scheduler tries, four days in a queue, then fourteen in its dead-letter queue.
    expect(variables[ENV.messageRetention]).toBe(String(19 * 86_400));
  });

  it('knows the retentions that the props ask for', async () => {
    const { Duration } = await import('aws-cdk-lib');
    const props = { queueRetention: Duration.days(2), deadLetterRetention: Duration.days(5) };
    makeStack(props)
      .template()
      .hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: Match.objectLike({ [ENV.messageRetention]: String(8 * 86_400) }) },
      });
  });

  it('is run by one schedule of the stack’s own group, through its alias, with no retries', () => {
    const [schedule, ...others] = Object.values(template.findResources('AWS::Scheduler::Schedule'));
    expect(others).toEqual([]);
    expect(schedule?.['Properties']).toMatchObject({
      GroupName: { Ref: expect.stringMatching(/^MillraceSchedulerDeclared/) },
      ScheduleExpression: 'rate(15 minutes)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
    });
    expect(schedule?.['Properties'].Target.Arn).toEqual({ Ref: aliasId });
  });

  it('is not invoked again when it fails, nor late: the next run does the same work', () => {
    const [config, ...others] = Object.values(template.findResources('AWS::Lambda::EventInvokeConfig'));
    expect(others).toEqual([]);
    expect(config?.['Properties']).toMatchObject({
      FunctionName: { Ref: id },
      Qualifier: { 'Fn::Select': [7, { 'Fn::Split': [':', { Ref: aliasId }] }] },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 900,
    });
  });

  it('may be invoked by that schedule alone', () => {
    expect(Object.keys(template.findResources('AWS::Lambda::Permission'))).toEqual([]);
    const [policy] = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([logicalId]) =>
      logicalId.startsWith('MillraceSweeperSchedulerRole'),
    );
    expect(policy?.[1]['Properties'].PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { Ref: aliasId } },
    ]);
    const [role] = Object.entries(template.findResources('AWS::IAM::Role')).filter(([logicalId]) =>
      logicalId.startsWith('MillraceSweeperSchedulerRole'),
    );
    expect(role?.[1]['Properties'].AssumeRolePolicyDocument.Statement).toMatchObject([
      {
        Principal: { Service: 'scheduler.amazonaws.com' },
        Condition: {
          StringEquals: {
            'aws:SourceAccount': { Ref: 'AWS::AccountId' },
            'aws:SourceArn': [{ 'Fn::GetAtt': [expect.stringMatching(/^MillraceSchedulerDeclared/), 'Arn'] }],
          },
        },
      },
    ]);
  });

  it('may read and mend the table, and has nothing to do with queues', () => {
    const [policy] = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([logicalId]) =>
      logicalId.startsWith('MillraceSweeperRole'),
    );
    const statements: { Action: string | string[] }[] = policy?.[1]['Properties'].PolicyDocument.Statement;
    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:Scan',
      'dynamodb:UpdateItem',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    expect(JSON.stringify(statements)).not.toContain('*');
  });

  it('is named in the template by its construct', () => {
    expect(id).toMatch(/^MillraceSweeperFunction[0-9A-F]{8}$/);
  });
});
