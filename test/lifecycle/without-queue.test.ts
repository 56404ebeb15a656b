import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobRecord } from '../../lib/state/index.ts';
import { failAfter, failBefore, meddle } from '../faults/sdk-faults.ts';
import { streamRecords } from '../worker/history.ts';
import { Lab } from '../worker/lab.ts';
import { System } from './system.ts';

// The pool or the priority was taken out of the stack, or somebody deleted the queue.

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const MINUTE = 60_000;

/** Two jobs in the outbox; the first asks for a queue that is not there. */
async function given(change: Partial<JobRecord> = { pool: 'reports' }) {
  const system = await System.of(lab);
  const { stand } = system;
  const [bad, good] = [
    await stand.client.enqueue('work', { n: 1 }),
    await stand.client.enqueue('work', { n: 2 }),
  ];
  const before = (await streamRecords(lab, stand.tableName)).length;
  await stand.amend(bad.id, { ...change, out: 0 });
  await stand.amend(good.id, { out: 0 });
  const written = (await streamRecords(lab, stand.tableName)).slice(before);
  const retry = () => system.follow(written);
  /** Has the lifecycle function follow the changes, and once more when it has tried for so long, in milliseconds. */
  const follow = async (time = 5 * MINUTE) => {
    await system.follow(written);
    lab.clock.advance(time);
    return retry();
  };
  return { system, stand, bad: bad.id, good: good.id, follow, retry, read: () => stand.record(bad.id) };
}

describe('a job in the outbox that the stack has no queue for', () => {
  it.each<[string, Partial<JobRecord>]>([
    ['due now', { pool: 'reports' }],
    ['due in an hour', { pool: 'reports', runAt: Date.UTC(2030, 0), status: 'scheduled' }],
    ['to be retried', { pool: 'reports', status: 'retrying', attempts: 2 }],
  ])('is dead, to look at and redrive: %s', async (_, change) => {
    const { system, stand, bad, follow, read } = await given(change);
    expect(await follow()).toEqual([]);
    expect(system.sent).toBe(1);
    const record = await read();
    expect(record).toMatchObject({
      ...{ status: 'dead', attempts: change.attempts ?? 0, deadAt: lab.clock.now() },
      error: {
        name: 'QueueGoneError',
        message: expect.stringContaining("pool 'reports', priority 'normal'"),
      },
    });
    expect(record).not.toHaveProperty('out');
    expect((await stand.client.list()).jobs.map(({ id }) => id)).toEqual([bad]);
    expect(await stand.client.history(bad)).toContainEqual(
      expect.objectContaining({ by: 'lifecycle', to: 'dead', why: expect.stringContaining('no queue') }),
    );
    expect(system.lines).toContainEqual(
      expect.objectContaining({
        ...{ level: 'error', message: 'job settled', outcome: 'dead', job_id: bad },
        ...{ error_name: 'QueueGoneError', error_message: expect.stringContaining("pool 'reports'") },
      }),
    );
    await stand.amend(bad, { pool: 'default' });
    await stand.client.redrive([bad]);
    await system.followNew();
    expect(await read()).toMatchObject({ status: 'queued' });
  });

  it('is tried again for a while first: a deployment may be on its way', async () => {
    const { system, follow, read } = await given();
    expect(await follow(5 * MINUTE - 1)).toHaveLength(1);
    expect(await read()).toMatchObject({ status: 'queued', out: 0 });
    expect(system.sent).toBe(1);
  });

  it('is dead too where the queue was deleted', async () => {
    const { stand, follow, read } = await given({ priority: 'low' });
    await lab.wire.sqs.send(new DeleteQueueCommand({ QueueUrl: stand.queues.low.url }));
    expect(await follow()).toEqual([]);
    expect(await read()).toMatchObject({ status: 'dead', error: { name: 'QueueGoneError' } });
  });

  it.each(['cancelled', 'running'] as const)('stays as it is when it has moved on: %s', async (status) => {
    const { stand, bad, follow, read } = await given();
    const moved = await stand.amend(bad, { status, dispatch: 1 });
    expect(await follow()).toEqual([]);
    expect(await read()).toEqual(moved);
  });

  it('is buried once, whatever becomes of the write', async () => {
    const { system, bad, stand, follow, retry, read } = await given();
    const down = failBefore(system.wire.dynamodb, 'TransactWriteItemsCommand');
    expect(await follow()).toHaveLength(1);
    down.stop();
    using _lost = failAfter(system.wire.dynamodb, 'TransactWriteItemsCommand', 1);
    expect(await retry()).toHaveLength(1);
    expect(await retry()).toEqual([]);
    expect(await read()).toMatchObject({ status: 'dead' });
    expect(
      (await stand.client.history(bad)).filter((entry) => 'by' in entry && entry.by === 'lifecycle'),
    ).toHaveLength(1);
  });
});

describe('what may pass', () => {
  it('kills nobody: a queue that does not answer, a right that is missing', async () => {
    for (const name of ['ServiceUnavailable', 'AccessDeniedException', 'RequestThrottled']) {
      const { system, follow, read } = await given({});
      using _down = meddle(system.wire.sqs, 'SendMessageCommand', () =>
        Promise.reject(Object.assign(new Error(name), { name })),
      );
      expect(await follow(20 * 60 * MINUTE)).toHaveLength(1);
      expect(await read()).toMatchObject({ status: 'queued', out: 0 });
    }
  });
});
