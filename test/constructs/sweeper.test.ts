import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ENV, FUNCTION_ENVIRONMENT } from '../../lib/contract/index.ts';
import { makeStack } from './fixtures/stack.ts';

const template = makeStack().template();
const [id, sweeper] = Object.entries(template.findResources('AWS::Lambda::Function')).find(([logicalId]) =>
  logicalId.startsWith('MillraceSweeperFunction'),
) ?? ['', {}];
const variables = sweeper?.['Properties'].Environment.Variables;

describe('the sweeper', () => {
  it('has the environment that it reads, and knows how long a message can exist', () => {
    expect(Object.keys(variables).sort()).toEqual(FUNCTION_ENVIRONMENT.sweeper.map((key) => ENV[key]).sort());
    // Four days in a queue, then fourteen in its dead-letter queue.
    expect(variables[ENV.messageRetention]).toBe(String(18 * 86_400));
  });

  it('knows the retentions that the props ask for', async () => {
    const { Duration } = await import('aws-cdk-lib');
    const props = { queueRetention: Duration.days(2), deadLetterRetention: Duration.days(5) };
    makeStack(props)
      .template()
      .hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: Match.objectLike({ [ENV.messageRetention]: String(7 * 86_400) }) },
      });
  });

  it('is run by one rule, through its alias, with no retries', () => {
    const [rule, ...others] = Object.values(template.findResources('AWS::Events::Rule'));
    expect(others).toEqual([]);
    expect(rule?.['Properties']).toMatchObject({
      ScheduleExpression: 'rate(15 minutes)',
      State: 'ENABLED',
      Targets: [{ RetryPolicy: { MaximumRetryAttempts: 0 } }],
    });
    expect(JSON.stringify(rule?.['Properties'].Targets[0].Arn)).toContain('MillraceSweeperFunctionAliaslive');
  });

  it('may be invoked by that rule alone', () => {
    const permissions = Object.values(template.findResources('AWS::Lambda::Permission')).filter(
      (permission) => JSON.stringify(permission['Properties'].FunctionName).includes('Sweeper'),
    );
    expect(permissions).toHaveLength(1);
    expect(permissions[0]?.['Properties']).toMatchObject({
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [expect.stringMatching(/^MillraceSweeperSchedule/), 'Arn'] },
    });
  });

  it('may read and mend the table, and has nothing to do with queues', () => {
    const [policy] = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([logicalId]) =>
      logicalId.startsWith('MillraceSweeperRole'),
    );
    const statements: { Action: string | string[] }[] = policy?.[1]['Properties'].PolicyDocument.Statement;
    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
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
