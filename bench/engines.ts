import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AttributeDefinition, CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { createSqsClient } from '../lib/dispatch/index.ts';
import { localCredentials, registerChild, startDynoxide } from '../lib/local/index.ts';

export const REGION = 'us-east-1';

/** Engines in processes of their own: their CPU is not the subject's. */
export async function startEngines(): Promise<AsyncDisposable & { env: Record<string, string> }> {
  const dynoxide = await startDynoxide();
  const fauxqs = spawn(process.execPath, [new URL('./fauxqs-process.ts', import.meta.url).pathname], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  registerChild(fauxqs.pid ?? 0);
  const [port] = (await once(fauxqs, 'message')) as [number];
  const { accessKeyId, secretAccessKey } = localCredentials;
  return {
    env: {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: dynoxide.endpoint,
      AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${port}`,
    },
    async [Symbol.asyncDispose]() {
      fauxqs.kill('SIGKILL');
      await once(fauxqs, 'exit');
      await dynoxide[Symbol.asyncDispose]();
    },
  };
}

/** A table with the given key, without a stream: both subjects write to one alike. */
export async function createTable(name: string, keys: readonly string[]): Promise<void> {
  const client = new DynamoDBClient({});
  const definitions = keys.map(
    (AttributeName): AttributeDefinition => ({ AttributeName, AttributeType: 'S' }),
  );
  await client.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: definitions,
      KeySchema: keys.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  client.destroy();
}

export async function createQueue(name: string): Promise<string> {
  const client = createSqsClient();
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name }));
  client.destroy();
  return QueueUrl;
}
