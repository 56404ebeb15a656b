import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fail, Retry, Snooze } from '../../lib/contract/index.ts';
import { failBefore } from '../faults/sdk-faults.ts';
import { Lab } from './lab.ts';
import { catalog, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const throws =
  (thrown: unknown): WorkHandler =>
  () =>
    Promise.reject(thrown);

describe('every line about a job', () => {
  it.each<[string, WorkHandler, object]>([
    ['succeeded', () => 'done', { level: 'info', outcome: 'succeeded' }],
    [
      'retried',
      throws(new Retry({ after: '1m' })),
      { level: 'info', outcome: 'retrying', error_name: 'Retry' },
    ],
    ['snoozed', throws(new Snooze({ for: '1m' })), { level: 'info', outcome: 'scheduled' }],
    ['dead', throws(new Fail('gone')), { level: 'error', outcome: 'dead', error_message: 'gone' }],
    ['stuck', () => new Promise(() => undefined), { level: 'info', outcome: 'retrying' }],
  ])('carries its id, type, attempt, tenant and correlation id: %s', async (_, handler, settled) => {
    const work: WorkHandler = (payload, context) => {
      context.logger.info('begun');
      return handler(payload, context);
    };
    const stand = await lab.stand({ catalog, handlers: { work } });
    const { id } = await stand.client.enqueue('work', { n: 1 }, { tenant: 'acme', correlationId: 'c-1' });
    await stand.invoke();
    const job = { job_id: id, job_type: 'work', attempt: 1, tenant: 'acme', correlation_id: 'c-1' };
    const lines = stand.lines.filter(({ message }) => !message.startsWith('process ends'));
    for (const line of lines) expect(line).toMatchObject(job);
    expect(lines.map(({ message }) => message)).toContain('begun');
    expect(lines).toContainEqual(
      expect.objectContaining({
        ...{ ...job, ...settled, message: 'job settled', priority: 'normal', pool: 'default', dispatch: 0 },
        duration_ms: expect.any(Number),
      }),
    );
  });

  it('carries them where nothing could be written', async () => {
    const stand = await lab.stand({ catalog, handlers: { work: () => 'done' } });
    const { id } = await stand.client.enqueue('work', { n: 1 }, { tenant: 'acme', correlationId: 'c-1' });
    using _down = failBefore(stand.wire.dynamodb, 'UpdateItemCommand');
    await stand.invoke();
    const fields = { job_id: id, job_type: 'work', attempt: 0, tenant: 'acme', correlation_id: 'c-1' };
    expect(stand.lines).toMatchObject([{ ...fields, level: 'warn', message: 'not claimed' }]);
  });
});
