import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  EnvironmentError,
  InvalidOptionError,
  type MillraceError,
  PermissionError,
  RegionMismatchError,
  ResourceMismatchError,
  ResourceMissingError,
} from '../../lib/contract/index.ts';
import { createSqsClient } from '../../lib/dispatch/index.ts';
import { localCredentials } from '../../lib/local/engines/index.ts';
import { meddle, watch } from '../faults/sdk-faults.ts';
import { Deployment, Engines } from './fixture.ts';

describe('a client with a wrong configuration', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });
  afterEach(() => vi.unstubAllEnvs());

  type Options = Parameters<Deployment['newClient']>[0];
  type ErrorClass = new (...args: never[]) => MillraceError;

  /** One call and a call for many: both end in the same error, and both leave nothing behind. */
  async function expectRefused(options: Options, expected: ErrorClass): Promise<string> {
    const client = at.newClient(options);
    const error = await client.enqueue('receipt.send', { orderId: '42' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(expected);
    expect(error).toMatchObject({ retryable: false });
    const entry = { job: 'receipt.send', payload: { orderId: '42' } } as const;
    const results = await client.enqueueMany([entry, entry]);
    expect(results).toEqual([
      { ok: false, error: expect.any(expected) },
      { ok: false, error: expect.any(expected) },
    ]);
    return String(error);
  }

  it('says that the table does not exist', async () => {
    const text = await expectRefused({ tableName: 'NoSuchTable' }, ResourceMissingError);
    expect(text).toMatch(/job table does not exist.*NoSuchTable in eu-west-1/);
    await at.expectNothingWritten();
  });

  it('says that the table is not a job table', async () => {
    const TableName = `${at.tableName}-other`;
    await at.dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    );
    const text = await expectRefused({ tableName: TableName }, ResourceMismatchError);
    expect(text).toContain("a table with the keys 'pk' and 'sk'");
    await at.expectNothingWritten();
  });

  it.each(['https://dynamodb.eu-west-1.amazonaws.com', 'a table'])(
    "says that '%s' is no table's name",
    async (tableName) => {
      await expectRefused({ tableName }, ResourceMismatchError);
    },
  );

  it('says that the queue does not exist, and takes the record back', async () => {
    const queues = { default: { ...at.queues.default, normal: `${at.queues.default.normal}-gone` } };
    const text = await expectRefused({ queues }, ResourceMissingError);
    expect(text).toMatch(/queue does not exist.*-gone in eu-west-1/);
    expect((await at.records()).map(({ status }) => status)).toEqual(Array(3).fill('cancelled'));
  });

  it('says that the catalog uses a queue which is not configured', async () => {
    const { normal: _, ...rest } = at.queues.default;
    const text = await expectRefused({ queues: { default: rest } }, InvalidOptionError);
    expect(text).toContain("no queue for pool 'default', priority 'normal'");
    await at.expectNothingWritten();
  });

  it('says that a FIFO queue is configured', async () => {
    const { QueueUrl = '' } = await at.sqs.send(
      new CreateQueueCommand({ QueueName: `${at.tableName}.fifo`, Attributes: { FifoQueue: 'true' } }),
    );
    const queues = { default: { ...at.queues.default, normal: QueueUrl } };
    const text = await expectRefused({ queues }, ResourceMismatchError);
    expect(text).toContain('a standard queue');
    await at.expectNothingWritten();
  });

  it('says that the queues lie in another Region', async () => {
    const url = 'https://sqs.us-east-1.amazonaws.com/123456789012/jobs';
    const text = await expectRefused({ queues: { default: { normal: url } } }, RegionMismatchError);
    expect(text).toContain('set AWS_REGION=us-east-1');
    await at.expectNothingWritten();
  });

  it('says that no Region is configured', async () => {
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    const text = await expectRefused(
      {
        dynamodb: new DynamoDBClient({ credentials: localCredentials, endpoint: engines.dynamodb.endpoint }),
        sqs: createSqsClient({ credentials: localCredentials, endpoint: engines.sqs.endpoint }),
      },
      EnvironmentError,
    );
    expect(text).toContain('set AWS_REGION');
    await at.expectNothingWritten();
  });

  it('says what the credentials do not allow', async () => {
    const denied = (name: string) => () =>
      Promise.reject(Object.assign(new Error('User is not authorized to perform: it'), { name }));
    {
      using _put = meddle(at.dynamodb, 'PutItemCommand', denied('AccessDeniedException'));
      using _batch = meddle(at.dynamodb, 'BatchExecuteStatementCommand', denied('AccessDeniedException'));
      expect(await expectRefused({}, PermissionError)).toContain('call millrace.connect(fn)');
      await at.expectNothingWritten();
    }
    using _send = meddle(at.sqs, 'SendMessageCommand', denied('AccessDenied'));
    using _batch = meddle(at.sqs, 'SendMessageBatchCommand', denied('AccessDenied'));
    using mark = watch(at.dynamodb, 'UpdateItemCommand');
    expect(await expectRefused({}, PermissionError)).toContain('not authorized');
    expect(mark.tries).toBe(0);
  });

  it('says so for reads as well', async () => {
    const client = at.newClient({ tableName: 'NoSuchTable' });
    await expect(client.get('id')).rejects.toBeInstanceOf(ResourceMissingError);
    await expect(client.wait('id')).rejects.toBeInstanceOf(ResourceMissingError);
    await expect(client.list()).rejects.toBeInstanceOf(ResourceMissingError);
    await expect(client.listQuarantined()).rejects.toBeInstanceOf(ResourceMissingError);
    expect(await client.redrive(['id'])).toEqual([
      { id: 'id', ok: false, error: expect.any(ResourceMissingError) },
    ]);
  });
});
