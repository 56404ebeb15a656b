import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { describe, expect, it, vi } from 'vitest';
import { type LocalCloud, type RecordedCall, startLocal } from '../../../lib/local/index.ts';
import { createFixture, jobsStack, WORKER } from './fixture-app.ts';

/** arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole */
const BASIC_EXECUTION = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: '*',
    },
  ],
};

async function denied(cloud: LocalCloud, calls: readonly RecordedCall[]): Promise<string[]> {
  const refused: string[] = [];
  for (const { logicalId = '', requires } of calls) {
    const { documents } = cloud.policies(logicalId);
    const own = documents.map(({ name, document }) => ({ name, policy: document }));
    for (const { action, resource } of requires) {
      const result = await runSimulation(
        {
          request: {
            principal: 'arn:aws:iam::000000000000:role/function',
            action,
            resource: { resource, accountId: '000000000000' },
            contextVariables: {},
          },
          identityPolicies: [...own, { name: 'basic', policy: BASIC_EXECUTION }],
          serviceControlPolicies: [],
          resourceControlPolicies: [],
        },
        {},
      );
      if (result.resultType === 'error') refused.push(`${action} ${resource}: ${result.errors.message}`);
      else if (result.overallResult !== 'Allowed') refused.push(`${action} ${resource}`);
    }
  }
  return refused;
}

describe('a recording local cloud', () => {
  it('tells the calls of a function, by its own credentials, and the policies allow them', async () => {
    await using fixture = await createFixture();
    const worker = await fixture.code('worker', WORKER);
    const app = fixture.synth((root) => jobsStack(root, { worker }));
    await using cloud = await startLocal({ app, recordCalls: true });
    const { logicalId, physicalName } = cloud.resources.get('Jobs/Worker');
    const bucket = cloud.resources.get('Jobs/Bucket').arn;
    const table = cloud.resources.get('Jobs/Table').arn;
    const queue = cloud.resources.get('Jobs/Queue');
    const sqs = new SQSClient({
      region: 'us-east-1',
      endpoint: cloud.env['AWS_ENDPOINT_URL_SQS'],
      credentials: { accessKeyId: 'millrace', secretAccessKey: 'millrace' },
    });
    const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x' }));
    sqs.destroy();
    const made = () =>
      cloud.requests().filter((call) => call.logicalId === logicalId && call.source === 'code');
    await vi.waitFor(() => expect(made().map(({ operation }) => operation)).toContain('PutItem'), {
      timeout: 20_000,
    });

    expect(made().map(({ functionName, status, requires }) => [functionName, status, requires])).toEqual([
      [physicalName, 200, [{ action: 's3:PutObject', resource: `${bucket}/in/${MessageId}` }]],
      [physicalName, 200, [{ action: 's3:GetObject', resource: `${bucket}/in/${MessageId}` }]],
      [physicalName, 200, [{ action: 'dynamodb:PutItem', resource: table }]],
    ]);
    const outside = cloud.requests().filter((call) => call.functionName === undefined);
    expect(outside.map(({ operation }) => operation)).toEqual(['SendMessage']);
    const calls = cloud.requests().filter((call) => call.logicalId === logicalId);
    expect(calls.map(({ source, service }) => `${source} ${service}`)).toEqual(
      expect.arrayContaining(['runtime logs', 'event-source sqs']),
    );
    expect(await denied(cloud, calls)).toEqual([]);
    const forbidden: RecordedCall = {
      logicalId,
      source: 'code',
      service: 'sqs',
      operation: 'SendMessage',
      requires: [{ action: 'sqs:SendMessage', resource: queue.arn ?? '' }],
    };
    expect(await denied(cloud, [forbidden])).toEqual([`sqs:SendMessage ${queue.arn}`]);
  }, 60_000);
});
