import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalCloud, type LocalEvent, startLocal } from '../../../lib/local/index.ts';
import { createFixture, type Fixture, FOLLOWER, jobsStack, WORKER } from './fixture-app.ts';

/** The client warns that the queue URL is not AWS's: that is what these tests are about. */
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {}

describe('a local cloud of queue, function, table and bucket', () => {
  let fixture: Fixture;
  let cloud: LocalCloud;
  const events: LocalEvent[] = [];

  beforeAll(async () => {
    fixture = await createFixture();
    const worker = await fixture.code('worker', WORKER);
    const follower = await fixture.code('follower', FOLLOWER);
    const app = fixture.synth((root) => jobsStack(root, { worker, follower }));
    cloud = await startLocal({ app, onEvent: (event) => events.push(event) });
  }, 60_000);

  afterAll(async () => {
    await cloud?.[Symbol.asyncDispose]();
    await fixture?.[Symbol.asyncDispose]();
  }, 30_000);

  const client = () => ({
    region: cloud.env['AWS_REGION'] ?? '',
    credentials: { accessKeyId: 'millrace', secretAccessKey: 'millrace' },
  });
  const queues = () =>
    JSON.parse(cloud.env['MILLRACE_QUEUES'] ?? '{}').default as { normal: string; dead: string };

  async function send(body: string): Promise<string> {
    // Without an endpoint of its own: the client follows the queue URL, as in an application that knows nothing of this.
    const sqs = new SQSClient({ ...client(), logger: silent });
    const { MessageId = '' } = await sqs.send(
      new SendMessageCommand({ QueueUrl: queues().normal, MessageBody: body }),
    );
    sqs.destroy();
    return MessageId;
  }

  async function items() {
    const dynamodb = new DynamoDBClient({ ...client(), endpoint: cloud.env['AWS_ENDPOINT_URL_DYNAMODB'] });
    const { Items = [] } = await dynamodb.send(
      new ScanCommand({ TableName: cloud.env['MILLRACE_TABLE_NAME'] }),
    );
    dynamodb.destroy();
    return Items.map(({ pk, sk, body }) => ({ pk: pk?.S, sk: sk?.S, ...(body && { body: body.S }) }));
  }

  it('carries a message through the function into bucket and table, and the stream to its follower', async () => {
    const id = await send('hello');
    await vi.waitFor(
      async () => {
        const seen = (await items()).filter(({ pk }) => pk === id);
        expect(seen).toContainEqual({ pk: id, sk: 'job', body: 'hello' });
        expect(seen).toContainEqual({ pk: id, sk: 'seen' });
      },
      { timeout: 20_000, interval: 50 },
    );
    await vi.waitFor(() => {
      const ended = events.flatMap((event) => (event.type === 'invoke-end' ? event.function : []));
      expect(new Set(ended)).toEqual(new Set(cloud.functions.all.map(({ name }) => name)));
    });
  }, 30_000);

  it('moves a message whose receives are used up to the dead-letter queue', async () => {
    const sqs = new SQSClient({ ...client(), endpoint: cloud.env['AWS_ENDPOINT_URL_SQS'] });
    await send('poison');
    const receive = new ReceiveMessageCommand({ QueueUrl: queues().dead, WaitTimeSeconds: 20 });
    const { Messages = [] } = await sqs.send(receive);
    expect(Messages.map(({ Body }) => Body)).toEqual(['poison']);
    sqs.destroy();
  }, 30_000);

  it('gives queues the attributes of the template', async () => {
    const sqs = new SQSClient({ ...client(), endpoint: cloud.env['AWS_ENDPOINT_URL_SQS'] });
    const command = new GetQueueAttributesCommand({ QueueUrl: queues().normal, AttributeNames: ['All'] });
    const { Attributes = {} } = await sqs.send(command);
    sqs.destroy();
    expect(Attributes).toMatchObject({ VisibilityTimeout: '5' });
    expect(JSON.parse(Attributes['RedrivePolicy'] ?? '{}')).toEqual({
      deadLetterTargetArn: cloud.resources.get('Jobs/Dead').arn,
      maxReceiveCount: 1,
    });
  });

  it('tells resources by path and by logical id', () => {
    const worker = cloud.resources.get('Jobs/Worker');
    expect(worker).toMatchObject({ type: 'AWS::Lambda::Function', stack: 'Jobs' });
    expect(cloud.resources.get('Jobs', worker.logicalId)).toBe(worker);
    expect(() => cloud.resources.get('Jobs/Nobody')).toThrow(/no resource "Jobs\/Nobody"/);
  });

  it('invokes a function directly, with the environment of Lambda', async () => {
    const { logicalId, physicalName } = cloud.resources.get('Jobs/Worker');
    const result = await cloud.functions.invoke(logicalId, {});
    expect(result).toMatchObject({
      outcome: 'succeeded',
      payload: { name: physicalName, version: '1', region: 'us-east-1' },
    });
  }, 20_000);

  it('keeps the policies of a function, resolved', () => {
    const { documents, managedPolicyArns } = cloud.policies(cloud.resources.get('Jobs/Worker').logicalId);
    expect(JSON.stringify(documents)).toContain(cloud.resources.get('Jobs/Table').arn);
    expect(managedPolicyArns).toEqual(['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']);
  });

  it('refuses to tell calls that it did not record', () => {
    expect(() => cloud.requests()).toThrow(/recordCalls/);
  });
});
