import {
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Engine, localCredentials } from '../../../lib/local/engines/index.ts';
import type { EventSourceStatus } from '../../../lib/local/functions/index.ts';
import { startLambdaApi } from '../../../lib/local/lambda-api/index.ts';

const QUEUE: EventSourceStatus = {
  id: 'Stack-Feed',
  functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:worker',
  sourceArn: 'arn:aws:sqs:eu-west-1:000000000000:jobs',
  batchSize: 10,
  state: 'Enabled',
  pausable: true,
};

describe('the local API of Lambda', () => {
  let api: Engine;
  let client: LambdaClient;
  let sources: Map<string, EventSourceStatus>;

  beforeEach(async () => {
    sources = new Map([
      [QUEUE.id, QUEUE],
      ['Stack-Stream', { ...QUEUE, id: 'Stack-Stream', pausable: false }],
    ]);
    api = await startLambdaApi({
      eventSource: (id) => sources.get(id),
      setEnabled: async (id, enabled) => {
        sources.set(id, { ...QUEUE, id, state: enabled ? 'Enabled' : 'Disabling' });
      },
    });
    client = new LambdaClient({
      endpoint: api.endpoint,
      region: 'eu-west-1',
      credentials: localCredentials,
      maxAttempts: 1,
    });
  });
  afterEach(async () => {
    client.destroy();
    await api[Symbol.asyncDispose]();
  });

  it('tells an unmodified client of a mapping', async () => {
    expect(await client.send(new GetEventSourceMappingCommand({ UUID: QUEUE.id }))).toMatchObject({
      UUID: QUEUE.id,
      State: 'Enabled',
      EventSourceArn: QUEUE.sourceArn,
      FunctionArn: QUEUE.functionArn,
      BatchSize: 10,
    });
  });

  it('pauses and resumes a mapping', async () => {
    const update = (Enabled: boolean) =>
      client.send(new UpdateEventSourceMappingCommand({ UUID: QUEUE.id, Enabled }));
    expect((await update(false)).State).toBe('Disabling');
    expect((await update(true)).State).toBe('Enabled');
  });

  it('does not know what is not there', async () => {
    const get = client.send(new GetEventSourceMappingCommand({ UUID: 'none' }));
    await expect(get).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it.each([
    ['another change', new UpdateEventSourceMappingCommand({ UUID: QUEUE.id, Enabled: false, BatchSize: 5 })],
    ['no change', new UpdateEventSourceMappingCommand({ UUID: QUEUE.id })],
    ['a stream', new UpdateEventSourceMappingCommand({ UUID: 'Stack-Stream', Enabled: false })],
  ])('refuses %s by name', async (_what, command) => {
    await expect(client.send(command)).rejects.toMatchObject({ name: 'NotEmulatedLocally' });
    expect(sources.get(QUEUE.id)?.state).toBe('Enabled');
  });

  it('refuses what it does not emulate by name', async () => {
    const remove = client.send(new DeleteEventSourceMappingCommand({ UUID: QUEUE.id }));
    await expect(remove).rejects.toMatchObject({ name: 'NotEmulatedLocally' });
  });
});
