import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { localCredentials } from '../../lib/local/engines/index.ts';
import { createDevApp } from '../cli/dev-app.ts';
import { MillraceProcess } from '../cli/millrace-process.ts';
import { type FixtureCloud, startFixture } from '../local/e2e/fixture-cloud.ts';

const endpoint = inject('engines').find(({ name }) => name === 'DynamoDB Local')?.endpoint ?? '';

async function tables(): Promise<string[]> {
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: localCredentials });
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  client.destroy();
  return TableNames.filter((name) => /^(Fixture|Greetings)-/.test(name));
}

describe('the local cloud on DynamoDB Local', () => {
  let fixture: FixtureCloud | undefined;

  beforeAll(async () => {
    fixture = await startFixture({ dynamodbEndpoint: endpoint });
  }, 120_000);

  afterAll(async () => {
    await fixture?.[Symbol.asyncDispose]();
    expect(await tables()).toEqual([]);
  });

  const running = () => fixture as FixtureCloud;
  const ended = (id: string) => running().client.wait(id, { timeout: '50s' });

  it('has a table of its own there', async () => {
    expect(await tables()).toEqual([running().cloud.env['MILLRACE_TABLE_NAME']]);
  });

  it('runs batches of jobs, retries included', async () => {
    const plans = [['succeed'], ['throw', 'succeed'], ['succeed'], ['throw', 'throw', 'succeed']] as const;
    const results = await running().client.enqueueMany(
      plans.map((steps) => ({ job: 'calm.run', payload: { steps: [...steps] } })),
    );
    for (const [i, result] of results.entries()) {
      const id = result.ok ? result.job.id : String(result.error);
      expect(await ended(id)).toMatchObject({ status: 'succeeded', attempts: plans[i]?.length });
    }
  }, 60_000);

  it('lists dead jobs, and redrives them through the table’s stream', async () => {
    const { client } = running();
    const { id } = await client.enqueue('calm.run', { steps: ['fail', 'succeed'] });
    expect(await ended(id)).toMatchObject({ status: 'dead' });
    expect((await client.list()).jobs.map((job) => job.id)).toEqual([id]);
    expect(await client.redrive([id])).toEqual([{ id, ok: true }]);
    expect(await ended(id)).toMatchObject({ status: 'succeeded' });
  }, 60_000);

  it('recognises a repeated enqueue', async () => {
    const enqueue = () =>
      running().client.enqueue('calm.run', { steps: ['succeed'] }, { idempotencyKey: 'once' });
    const jobs = await Promise.all([enqueue(), enqueue(), enqueue()]);
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    expect(await ended(jobs[0]?.id ?? '')).toMatchObject({ status: 'succeeded', attempts: 1 });
  }, 60_000);

  it('files a message that nobody can read', async () => {
    const { client, sqs, queueUrl } = running();
    const QueueUrl = queueUrl({ pool: 'default', priority: 'low' });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'not JSON' }));
    await vi.waitFor(
      async () => {
        const { messages } = await client.listQuarantined();
        expect(messages).toMatchObject([{ body: 'not JSON' }]);
      },
      { timeout: 30_000, interval: 200 },
    );
  }, 60_000);
});

describe('millrace dev --dynamodb-endpoint', () => {
  it('uses what answers there, and takes its tables away at the end', async () => {
    await using app = await createDevApp();
    await using millrace = new MillraceProcess(['dev', '--dynamodb-endpoint', endpoint], app);
    await millrace.prints('Ctrl-C stops it all');
    const env = millrace.environment();
    expect(env['AWS_ENDPOINT_URL_DYNAMODB']).toBe(endpoint);
    expect(await tables()).toEqual([env['MILLRACE_TABLE_NAME']]);
    millrace.interrupt();
    expect(await millrace.exitCode()).toBe(0);
    expect(await tables()).toEqual([]);
  }, 120_000);
});
