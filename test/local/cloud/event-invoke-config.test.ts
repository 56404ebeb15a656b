import { expect, it } from 'vitest';
import { startLocal, TemplateUnsupportedError } from '../../../lib/local/index.ts';
import { rawAssembly } from './raw-assembly.ts';

const config = (more: Record<string, unknown>) => ({
  Type: 'AWS::Lambda::EventInvokeConfig',
  Properties: { FunctionName: { Ref: 'Fn' }, Qualifier: '$LATEST', ...more },
});

const stack = (configs: Record<string, object>) => ({
  Jobs: {
    Resources: {
      Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
      Fn: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Runtime: `nodejs${process.versions.node.split('.')[0]}.x`,
          Handler: 'index.handler',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Code: { ZipFile: 'exports.handler = async () => {};' },
        },
      },
      ...configs,
    },
  },
});

it('takes an asynchronous invocation that is not tried again as it is, and says of others that they are not', async () => {
  const configs = {
    Once: config({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 900 }),
    Twice: config({ MaximumRetryAttempts: 1 }),
    ByDefault: config({
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:eu-west-1:000000000000:q' } },
    }),
  };
  await using app = await rawAssembly(stack(configs));
  await using cloud = await startLocal({ app: app.directory });
  expect(cloud.notEmulated).toEqual([
    'A function that fails on an asynchronous invocation is not invoked again (Twice, ByDefault)',
    'Destinations of asynchronous invocations are told nothing (ByDefault)',
  ]);
}, 30_000);

it('refuses a property of such a config that it does not know', async () => {
  await using app = await rawAssembly(stack({ Once: config({ MaximumRetryAttempts: 0, Jitter: true }) }));
  const starting = startLocal({ app: app.directory });
  await expect(starting).rejects.toThrow(TemplateUnsupportedError);
  await expect(starting).rejects.toThrow('Jobs › Once › Properties.Jitter');
}, 30_000);
