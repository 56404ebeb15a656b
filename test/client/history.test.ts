import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JobNotFoundError } from '../../lib/client/index.ts';
import { attemptItem } from '../../lib/state/index.ts';
import { Deployment, Engines } from './fixture.ts';

describe('history', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });

  /** As a worker leaves a failed attempt: executed for 100 ms, a second after the one before. */
  async function failAttempt(
    id: string,
    changes: { attempt: number; gen?: string; outcome?: 'retrying' | 'dead' },
  ) {
    const record = (await at.records()).find((r) => r.id === id);
    const { attempt, gen = record?.gen ?? '', outcome = 'retrying' } = changes;
    const startedAt = (record?.enqueuedAt ?? 0) + attempt * 1_000;
    await at.put(
      attemptItem({
        ...{ id, gen, dispatch: attempt - 1, attempt, startedAt, endedAt: startedAt + 100, outcome },
        summary: { name: 'TypeError', message: `attempt ${attempt}`, fingerprint: 'abc' },
        error: new TypeError(`attempt ${attempt}`),
        worker: 'worker-1',
        expiresAt: Math.ceil(startedAt / 1000) + 86_400,
      }),
    );
  }

  it('of a waiting job is that it was accepted', async () => {
    const { id } = await at.client.enqueue('receipt.send', { orderId: '42' });
    expect(await at.client.history(id)).toEqual([
      { time: expect.any(Date), from: 'none', to: 'queued', dispatch: 0 },
    ]);
    const later = await at.client.enqueue('receipt.send', { orderId: '42' }, { delay: '5m' });
    expect(await at.client.history(later)).toMatchObject([{ from: 'none', to: 'scheduled' }]);
  });

  it('tells each attempt, each error and the end, oldest first', async () => {
    const { id } = await at.client.enqueue('receipt.send', { orderId: '42' });
    const [record] = await at.records();
    await failAttempt(id, { attempt: 1 });
    await failAttempt(id, { attempt: 2 });
    const startedAt = (record?.enqueuedAt ?? 0) + 3_000;
    await at.amend(id, {
      status: { S: 'succeeded' },
      attempts: { N: '3' },
      dispatch: { N: '2' },
      startedAt: { N: String(startedAt) },
      endedAt: { N: String(startedAt + 50) },
    });

    const told = await at.client.history(id);
    expect(told.map(({ from, to, attempt, dispatch }) => [from, to, attempt, dispatch])).toEqual([
      ['none', 'queued', undefined, 0],
      ['queued', 'running', 1, 0],
      ['running', 'retrying', 1, 0],
      ['retrying', 'running', 2, 1],
      ['running', 'retrying', 2, 1],
      ['retrying', 'running', 3, 2],
      ['running', 'succeeded', 3, 2],
    ]);
    expect(told[2]).toMatchObject({ worker: 'worker-1', error: { name: 'TypeError', message: 'attempt 1' } });
    expect(told.at(-1)?.time).toEqual(new Date(startedAt + 50));
  });

  it('tells who redrove a dead job and why', async () => {
    const { id } = await at.client.enqueue('receipt.send', { orderId: '42' });
    const [record] = await at.records();
    await failAttempt(id, { attempt: 1, outcome: 'dead' });
    const started = (record?.enqueuedAt ?? 0) + 1_000;
    await at.amend(id, { status: { S: 'dead' }, attempts: { N: '1' }, startedAt: { N: String(started) } });
    await at.client.redrive([id], { by: 'ada', why: 'the partner is up again' });

    const told = await at.client.history(id);
    expect(told.map(({ to }) => to).sort()).toEqual(['dead', 'queued', 'queued', 'running']);
    expect(told.find(({ by }) => by !== undefined)).toMatchObject({
      from: 'dead',
      to: 'queued',
      by: 'ada',
      why: 'the partner is up again',
    });
  });

  it('leaves out what an earlier job of the same key left behind', async () => {
    const { id } = await at.client.enqueue('receipt.send', { orderId: '42' }, { idempotencyKey: 'k' });
    await failAttempt(id, { attempt: 1, gen: '01JD4Z8Q6W3N5R7T9V1X2Y4Z6A' });
    expect(await at.client.history(id)).toHaveLength(1);
  });

  it('rejects where there is no such job', async () => {
    await expect(at.client.history('no such id')).rejects.toBeInstanceOf(JobNotFoundError);
  });
});
