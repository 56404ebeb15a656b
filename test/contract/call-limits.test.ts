import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { CALL_LIMITS, DEFAULTS } from '../../lib/contract/index.ts';
import { createSqsClient } from '../../lib/dispatch/index.ts';

/** Takes connections and requests, and never answers. */
async function silentServer() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.on('error', () => undefined);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    connections: () => connections,
    [Symbol.dispose]: () => void server.close(),
  };
}

const credentials = { accessKeyId: 'millrace', secretAccessKey: 'millrace' };
const requestHandler = { ...CALL_LIMITS, requestTimeout: 100 };

describe('a call that AWS does not answer', () => {
  it.each([
    [
      'DynamoDB',
      (endpoint: string) => {
        const client = new DynamoDBClient({ endpoint, credentials, region: 'us-east-1', requestHandler });
        return client.send(new ListTablesCommand({})).finally(() => client.destroy());
      },
    ],
    [
      'SQS',
      (endpoint: string) => {
        const client = createSqsClient({ endpoint, credentials, region: 'us-east-1', requestHandler });
        return client.send(new ListQueuesCommand({})).finally(() => client.destroy());
      },
    ],
  ])('is given up, made again, and fails in the end: %s', async (_, call) => {
    using server = await silentServer();
    await expect(call(server.endpoint)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(server.connections()).toBeGreaterThanOrEqual(3);
  });

  it('leaves a default lease the time for three more tries', () => {
    const tries = 3 * (CALL_LIMITS.connectionTimeout + CALL_LIMITS.requestTimeout);
    expect(DEFAULTS.timeout + DEFAULTS.leaseMargin).toBeGreaterThan(tries);
  });
});
