import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { run } from '../../lib/cli/index.ts';
import { Deployment, Engines } from '../client/fixture.ts';
import { REGION } from '../dispatch/test-queue.ts';

let engines: Engines;
let at: Deployment;
beforeAll(async () => {
  engines = await Engines.start();
  at = await Deployment.create(engines);
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', engines.dynamodb.endpoint);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await engines[Symbol.asyncDispose]();
});

it('millrace jobs cancel takes an id that was given twice for one job', async () => {
  const { id } = await at.client.enqueue('receipt.send', { orderId: '42' });
  const out: string[] = [];
  const code = await run(['jobs', 'cancel', id, id], {
    ...{ version: '1.2.3', directory: process.cwd() },
    env: { MILLRACE_TABLE_NAME: at.tableName, MILLRACE_QUEUES: JSON.stringify(at.queues) },
    print: (line) => out.push(stripVTControlCharacters(line)),
  });
  expect({ code, out }).toEqual({ code: 0, out: [`✓ ${id} cancelled`] });
  expect(await at.records()).toMatchObject([{ id, status: 'cancelled' }]);
});
