import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { ENV, FUNCTION_ENVIRONMENT } from '../../lib/contract/index.ts';
import { makeStack } from './fixtures/stack.ts';

function producer(scope: Construct): LambdaFunction {
  return new LambdaFunction(scope, 'Api', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => 1'),
  });
}

describe('connect', () => {
  it('sets the variables that a client reads', () => {
    const { stack, millrace, template } = makeStack();
    millrace.connect(producer(stack));
    const variables = FUNCTION_ENVIRONMENT.producer.map((key) => [ENV[key], Match.anyValue()]);
    template().hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Description: Match.absent(),
      Environment: { Variables: Object.fromEntries(variables) },
    });
  });

  it('lets the function enqueue, and wait for what it enqueued', () => {
    const { stack, millrace, template } = makeStack();
    millrace.connect(producer(stack));
    const [policy] = Object.values(
      template().findResources('AWS::IAM::Policy', {
        Properties: { PolicyName: Match.stringLikeRegexp('^Api') },
      }),
    );
    const actions = policy?.['Properties'].PolicyDocument.Statement.flatMap(
      (s: { Action: string }) => s.Action,
    );
    expect(new Set(actions)).toEqual(
      new Set([
        ...['PutItem', 'UpdateItem', 'GetItem', 'PartiQLInsert', 'Query'].map(
          (action) => `dynamodb:${action}`,
        ),
        'sqs:SendMessage',
      ]),
    );
  });

  it('sets the variables that an operator reads', () => {
    const { stack, millrace, template } = makeStack();
    millrace.connectOperator(producer(stack));
    const variables = FUNCTION_ENVIRONMENT.operator.map((key) => [ENV[key], Match.anyValue()]);
    template().hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Description: Match.absent(),
      Environment: { Variables: Object.fromEntries(variables) },
    });
  });

  it('works across stacks of an app', () => {
    const { stack, millrace } = makeStack();
    const other = new Stack(stack.node.root as Construct, 'Other');
    millrace.connect(producer(other));
    const variables = Object.values(Template.fromStack(other).findResources('AWS::Lambda::Function'))[0]?.[
      'Properties'
    ].Environment.Variables;
    expect(JSON.stringify(variables[ENV.table])).toContain('Fn::ImportValue');
  });
});
