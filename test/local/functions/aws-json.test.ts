import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/contract/index.ts';
import { AwsJsonClient } from '../../../lib/local/functions/aws-json.ts';
import { SqsApi } from '../../../lib/local/functions/sqs/index.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** An engine that gives the answers one after the other and remembers what it was asked. */
async function engine(...answers: (Answer | 'hang up' | 'wait')[]) {
  const asked: { target: string; authorization: string; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { 'x-amz-target': target, authorization = '' } = request.headers;
    asked.push({ target: String(target), authorization, body: JSON.parse(text) });
    const answer = answers.shift() ?? { status: 200, body: '{}' };
    if (answer === 'hang up') request.socket.destroy();
    else if (answer !== 'wait') response.writeHead(answer.status).end(answer.body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    asked,
    endpoint,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function clientOf(endpoint: string): AwsJsonClient {
  const options = { region: 'eu-west-1', service: 'sqs', target: 'AmazonSQS', clock: systemClock } as const;
  return new AwsJsonClient({ endpoint, ...options });
}

describe('a call to an engine', () => {
  it('names its operation and its Region', async () => {
    await using server = await engine({ status: 200, body: '{"a":1}' });
    using client = clientOf(server.endpoint);
    expect(await client.call('SendMessage', { QueueUrl: 'q' })).toEqual({ a: 1 });
    expect(server.asked).toEqual([
      {
        target: 'AmazonSQS.SendMessage',
        authorization: expect.stringContaining('/eu-west-1/sqs/aws4_request'),
        body: { QueueUrl: 'q' },
      },
    ]);
  });

  it('is refused by a typed error that says why, and not repeated', async () => {
    const body = JSON.stringify({ __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'no such queue' });
    await using server = await engine({ status: 400, body });
    using client = clientOf(server.endpoint);
    await expect(client.call('SendMessage', {})).rejects.toMatchObject({
      code: 'ENGINE_ERROR',
      errorType: 'QueueDoesNotExist',
      retryable: false,
      message: expect.stringContaining('no such queue'),
    });
    expect(server.asked).toHaveLength(1);
  });

  it('is repeated when the engine fails or hangs up', async () => {
    await using server = await engine({ status: 500, body: 'oops' }, 'hang up');
    using client = clientOf(server.endpoint);
    expect(await client.call('SendMessage', {})).toEqual({});
    expect(server.asked).toHaveLength(3);
  });

  it('fails in the end when nobody answers', async () => {
    using client = clientOf('http://127.0.0.1:1');
    await expect(client.call('SendMessage', {})).rejects.toMatchObject({ errorType: 'ConnectionError' });
  });

  it('ends at once when it is called off', async () => {
    await using server = await engine('wait');
    using client = clientOf(server.endpoint);
    const stop = new AbortController();
    const call = client.call('ReceiveMessage', {}, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });
});

describe('a deletion of messages', () => {
  const message = (id: string) => ({ MessageId: id, ReceiptHandle: `handle-${id}`, MD5OfBody: '', Body: '' });

  it('goes out ten at a time and tells what was not deleted', async () => {
    const refused = { Failed: [{ Id: '1', Code: 'ReceiptHandleIsInvalid', Message: 'too late' }] };
    await using server = await engine({ status: 200, body: JSON.stringify(refused) });
    using api = new SqsApi({ endpoint: server.endpoint, region: 'eu-west-1', clock: systemClock });
    const messages = Array.from({ length: 12 }, (_, index) => message(String.fromCharCode(97 + index)));
    const left = await api.remove({ queueUrl: 'q', messages });
    expect(server.asked.map(({ body }) => Object(body).Entries.length).toSorted()).toEqual([10, 2]);
    expect(left).toEqual([
      { messageId: expect.stringMatching(/^[bl]$/), message: 'ReceiptHandleIsInvalid: too late' },
    ]);
  });
});
