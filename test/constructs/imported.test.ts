import { Duration, Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { User } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { Millrace, type MillraceAttributes } from '../../lib/constructs/index.ts';
import { expectRule, testApp } from './fixtures/stack.ts';

const URL_OF = (name: string) => `https://sqs.eu-west-1.amazonaws.com/123456789012/${name}`;
const QUEUES = JSON.stringify({ default: { high: URL_OF('Jobs-high'), low: URL_OF('Jobs-low') } });

function imported(queues: MillraceAttributes['queues'], more: Partial<MillraceAttributes> = {}) {
  const stack = new Stack(testApp(), 'Producer');
  const attributes = { tableName: 'Jobs-Table', queues, ...more };
  const millrace = Millrace.fromMillraceAttributes(stack, 'Millrace', attributes);
  return { stack, millrace };
}

function newFunction(stack: Stack): LambdaFunction {
  return new LambdaFunction(stack, 'Api', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => 1'),
  });
}

function policyOf(stack: Stack): string {
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return JSON.stringify(policy?.['Properties'].PolicyDocument.Statement);
}

describe('fromMillraceAttributes', () => {
  it('grants on the table and the queues that the outputs name, and makes nothing', () => {
    const { stack, millrace } = imported(QUEUES);
    millrace.grantEnqueue(new User(stack, 'User'));
    const policy = policyOf(stack);
    for (const arn of [
      ':dynamodb:eu-west-1:123456789012:table/Jobs-Table',
      ':sqs:eu-west-1:123456789012:Jobs-high',
      ':sqs:eu-west-1:123456789012:Jobs-low',
    ]) {
      expect(policy).toContain(arn);
    }
    expect(Object.keys(Template.fromStack(stack).toJSON().Resources)).toHaveLength(2);
  });

  it('grants operators the index of dead jobs', () => {
    const { stack, millrace } = imported(QUEUES);
    millrace.grantOperate(new User(stack, 'User'));
    expect(policyOf(stack)).toContain('table/Jobs-Table/index/dead');
  });

  it('grants operators what the outputs name, and leaves out what they do not', () => {
    const deadLetterQueues = JSON.stringify({ default: { low: URL_OF('DeadLetters-low') } });
    const eventSources = JSON.stringify({ default: { low: '0e4fd3a1' } });
    const oneTimeGroup = 'Jobs-OneTime';
    const known = imported(QUEUES, { deadLetterQueues, eventSources, oneTimeGroup });
    known.millrace.connectOperator(newFunction(known.stack));
    expect(policyOf(known.stack)).toContain(':lambda:eu-west-1:123456789012:event-source-mapping:0e4fd3a1');
    expect(policyOf(known.stack)).toContain(':sqs:eu-west-1:123456789012:DeadLetters-low');
    expect(policyOf(known.stack)).toContain(':scheduler:eu-west-1:123456789012:schedule/Jobs-OneTime/*');
    Template.fromStack(known.stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          MILLRACE_DEAD_LETTER_QUEUES: deadLetterQueues,
          MILLRACE_EVENT_SOURCES: eventSources,
          MILLRACE_ONE_TIME_GROUP: oneTimeGroup,
        },
      },
    });
    const unknown = imported(QUEUES);
    unknown.millrace.connectOperator(newFunction(unknown.stack));
    for (const service of ['lambda:', 'scheduler:']) expect(policyOf(unknown.stack)).not.toContain(service);
    const text = JSON.stringify(Template.fromStack(unknown.stack).toJSON());
    for (const variable of ['MILLRACE_EVENT_SOURCES', 'MILLRACE_ONE_TIME_GROUP'])
      expect(text).not.toContain(variable);
  });

  it('connects a function with the same text that the outputs have', () => {
    const { stack, millrace } = imported(QUEUES);
    millrace.connect(newFunction(stack));
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { MILLRACE_TABLE_NAME: 'Jobs-Table', MILLRACE_QUEUES: QUEUES } },
    });
  });

  it('tells a function the retentions that it is given, and none otherwise', () => {
    const known = imported(QUEUES, { retention: Duration.days(20), deadRetention: Duration.seconds(5) });
    known.millrace.connect(newFunction(known.stack));
    Template.fromStack(known.stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: { MILLRACE_RETENTION_SECONDS: '1728000', MILLRACE_DEAD_RETENTION_SECONDS: '5' },
      },
    });
    const unknown = imported(QUEUES);
    unknown.millrace.connect(newFunction(unknown.stack));
    expect(JSON.stringify(Template.fromStack(unknown.stack).toJSON())).not.toContain('RETENTION_SECONDS');
  });

  it('takes queue URLs that are tokens', () => {
    const { stack, millrace } = imported({ default: { low: Fn.importValue('LowQueueUrl') } });
    millrace.grantEnqueue(new User(stack, 'User'));
    expect(policyOf(stack)).toContain('"Fn::ImportValue":"LowQueueUrl"');
  });

  it('fails for a token that hides the queues', () => {
    expectRule(() => imported(Fn.importValue('Queues')), 'import', 'a token');
  });

  it('fails for a URL that is not of a queue', () => {
    expectRule(() => imported({ default: { low: 'https://example.com/' } }), 'import', 'example.com');
  });

  it('fails for no queues', () => {
    expectRule(() => imported({}), 'import', 'no queues');
  });

  it('fails for text that is not JSON', () => {
    expect(() => imported('default')).toThrow(/MILLRACE_QUEUES/);
  });
});
