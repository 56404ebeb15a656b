import { describe, expect, it } from 'vitest';
import { startLocal, TemplateInvalidError, TemplateUnsupportedError } from '../../../lib/local/index.ts';
import { rawAssembly } from './raw-assembly.ts';

type Resources = Record<string, { Type: string; Properties?: Record<string, unknown> }>;

async function start(Resources: Resources): Promise<void> {
  await using app = await rawAssembly({ Jobs: { Resources } });
  await using _cloud = await startLocal({ app: app.directory });
}

const queue = (Properties?: Record<string, unknown>) => ({ Queue: { Type: 'AWS::SQS::Queue', Properties } });
const ref = (id: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [id, attribute] });

describe('a template that the local cloud does not know', () => {
  it.each<[string, Resources, string]>([
    [
      'a type',
      { Topic: { Type: 'AWS::SNS::Topic' } },
      'Jobs › Topic › Type: the resource type AWS::SNS::Topic is not',
    ],
    ['a custom resource', { Own: { Type: 'Custom::Own' } }, 'Jobs › Own › Type'],
    ['a property', queue({ NewFeature: { On: true } }), 'Jobs › Queue › Properties.NewFeature'],
    [
      'a nested property',
      {
        Table: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
            AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
            StreamSpecification: { StreamViewType: 'NEW_IMAGE', Speed: 'fast' },
          },
        },
      },
      'Jobs › Table › Properties.StreamSpecification.Speed',
    ],
    [
      'a function of another language',
      {
        Fn: {
          Type: 'AWS::Lambda::Function',
          Properties: { Role: 'r', Runtime: 'python3.13', Handler: 'a.b' },
        },
      },
      'Jobs › Fn › Properties.Runtime',
    ],
    [
      'a dynamic reference',
      queue({ QueueName: '{{resolve:ssm:name}}' }),
      'this dynamic reference leads out of the started stacks',
    ],
  ])(
    'is refused for %s, by name and place',
    async (_name, resources, message) => {
      const starting = start(resources);
      await expect(starting).rejects.toThrow(TemplateUnsupportedError);
      await expect(starting).rejects.toThrow(message);
    },
    20_000,
  );

  it.each<[string, Resources, string]>([
    [
      'a dead-letter queue of another app',
      queue({ RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:x', maxReceiveCount: 3 } }),
      'is not a queue of the started stacks',
    ],
    [
      'a dead-letter queue that does not allow it',
      {
        Dead: {
          Type: 'AWS::SQS::Queue',
          Properties: { RedriveAllowPolicy: { redrivePermission: 'denyAll' } },
        },
        ...queue({ RedrivePolicy: { deadLetterTargetArn: ref('Dead'), maxReceiveCount: 3 } }),
      },
      'does not allow this queue to redrive to it',
    ],
    ['a property of the wrong type', queue({ VisibilityTimeout: [30] }), 'Properties.VisibilityTimeout'],
    [
      'a mapping to a function of another app',
      {
        ...queue(),
        Source: {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: { FunctionName: 'other', EventSourceArn: ref('Queue') },
        },
      },
      'the function is none of the started stacks',
    ],
  ])(
    'is refused for %s',
    async (_name, resources, message) => {
      const starting = start(resources);
      await expect(starting).rejects.toThrow(TemplateInvalidError);
      await expect(starting).rejects.toThrow(message);
    },
    20_000,
  );
});
