import { describe, expect, it } from 'vitest';
import { NotInCloudError, startLocal } from '../../../lib/local/index.ts';
import { rawAssembly } from './raw-assembly.ts';

const Base = {
  Parameters: { Stage: { Type: 'String', Default: 'dev' } },
  Conditions: { IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] } },
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': 'jobs-$' + '{Stage}' } } },
    Extra: { Type: 'Other::Only::InProduction', Condition: 'IsProd' },
  },
  Outputs: {
    MillraceQueueUrl: { Value: { Ref: 'Queue' }, Export: { Name: 'Base:Queue' } },
    Extra: { Condition: 'IsProd', Value: { Ref: 'Extra' } },
  },
};

const User = {
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
    Fn: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { ZipFile: 'exports.handler = async () => process.env.QUEUE_URL;' },
        Environment: { Variables: { QUEUE_URL: { 'Fn::ImportValue': 'Base:Queue' } } },
      },
    },
    Late: { Type: 'AWS::CloudWatch::Alarm', Properties: {} },
    Dead: { Type: 'AWS::CloudWatch::Alarm', Properties: {} },
  },
};

describe('stacks of one assembly', () => {
  it('import from each other, and leave out what a condition rules out', async () => {
    await using app = await rawAssembly({ Base, User });
    await using cloud = await startLocal({ app: app.directory });
    const queue = cloud.resources.get('Base', 'Queue');
    expect(queue.physicalName).toBe('jobs-dev');
    expect(cloud.outputs).toEqual({ Base: { MillraceQueueUrl: queue.url }, User: {} });
    expect(cloud.env['MILLRACE_QUEUE_URL']).toBe(queue.url);
    expect(await cloud.functions.invoke('Fn', {})).toMatchObject({
      outcome: 'succeeded',
      payload: queue.url,
    });
    expect(() => cloud.resources.get('Base', 'Extra')).toThrow(NotInCloudError);
    expect(cloud.notEmulated).toEqual(['Alarms are never evaluated (Late, Dead)']);
  }, 30_000);

  it('can be started apart', async () => {
    await using app = await rawAssembly({ Base, User });
    await using cloud = await startLocal({ app: app.directory, stacks: ['Base'] });
    expect(cloud.functions.all).toEqual([]);
    await expect(startLocal({ app: app.directory, stacks: ['User'] })).rejects.toThrow(
      'no started stack exports "Base:Queue"',
    );
  }, 30_000);

  it('give their resources the same names in every run', async () => {
    await using app = await rawAssembly({ Base: { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } } });
    const names = new Set<string>();
    for (const _run of [1, 2]) {
      await using cloud = await startLocal({ app: app.directory });
      names.add(cloud.resources.get('Base', 'Queue').physicalName);
    }
    expect([...names]).toEqual([expect.stringMatching(/^Base-Queue-[0-9a-f]{8}$/)]);
  }, 30_000);
});
