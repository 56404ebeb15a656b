import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NotRedrivableError } from '../../lib/client/index.ts';
import { InvalidOptionError } from '../../lib/contract/index.ts';
import { type BulkRedriveOptions, Operator, type RedriveProgress } from '../../lib/operate/index.ts';
import { putDeadJob } from '../client/dead-job.ts';
import { catalog, Deployment, Engines } from '../client/fixture.ts';
import { failBefore, meddle } from '../faults/sdk-faults.ts';

describe('redriving many jobs', () => {
  let engines: Engines;
  let at: Deployment;
  let operator: Operator;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
    const { tableName, queues, dynamodb, sqs } = at;
    operator = new Operator({ catalog, tableName, queues, dynamodb, sqs }) as Operator;
  });

  /** Dead jobs, the newest last; each died a second after the one before. */
  async function die(count: number, changes: Parameters<typeof putDeadJob>[1] = {}): Promise<string[]> {
    const now = Date.now() - 600_000;
    const jobs = Array.from({ length: count }, (_, n) =>
      putDeadJob(at, { deadAt: now + n * 1_000, ...changes }),
    );
    return (await Promise.all(jobs)).map(({ id }) => id);
  }

  const queued = async () =>
    (await at.records()).filter(({ status }) => status === 'queued').map(({ id }) => id);

  /** What workers would make of the jobs that are queued now. */
  async function end(status: 'succeeded' | 'dead' | 'cancelled', ids?: readonly string[]): Promise<void> {
    const error = { M: { name: { S: 'TypeError' }, message: { S: 'again' }, fingerprint: { S: 'abc' } } };
    for (const id of ids ?? (await queued()))
      await at.amend(id, { status: { S: status }, ...(status === 'dead' && { error }) });
  }

  /** Fast, and as workers that end jobs so as soon as they are waited for. */
  const withWorkers = (status: Parameters<typeof end>[0], seen: RedriveProgress[] = []) => ({
    rate: 1_000,
    onProgress: (progress: RedriveProgress) => {
      seen.push(progress);
      if (progress.waitingFor) void end(status);
    },
  });

  it('redrives what a filter lets through, the newest first, up to a limit', async () => {
    const acme = await die(5, { tenant: 'acme' });
    await die(3);
    const report = await operator.redrive({
      filter: { tenant: 'acme' },
      limit: 4,
      rate: 1_000,
      by: 'ada',
      why: 'up',
    });
    expect(report).toMatchObject({ redriven: 4, failed: 0, stages: [], stopped: undefined });
    expect(report.results.map(({ id }) => id)).toEqual(acme.toReversed().slice(0, 4));
    expect((await queued()).sort()).toEqual(acme.slice(1).sort());
    expect((await operator.client.history(acme[4] ?? '')).at(-1)).toMatchObject({ by: 'ada', why: 'up' });
  });

  it('goes on from page to page', async () => {
    await die(12);
    const report = await operator.redrive({ filter: {}, rate: 1_000 });
    expect(report.redriven).toBe(12);
    expect((await operator.client.list()).jobs).toEqual([]);
  });

  it('has a result for each id, once, and goes on after one that is refused', async () => {
    const [first = '', second = ''] = await die(2);
    const { id: waiting } = await at.client.enqueue('receipt.send', { orderId: '42' });
    const report = await operator.redrive({ ids: [first, waiting, second, first], rate: 1_000 });
    expect(report).toMatchObject({ redriven: 2, failed: 1, stopped: undefined });
    expect(report.results).toEqual([
      { id: first, ok: true },
      { id: waiting, ok: false, error: expect.any(NotRedrivableError) },
      { id: second, ok: true },
    ]);
  });

  it('changes nothing in a dry run, and checks the payloads', async () => {
    const [good = ''] = await die(1);
    const [bad = ''] = await die(1, { payload: '{"orderId":"42","note":null}' });
    const before = await at.items();
    const report = await operator.redrive({
      ids: [good, bad],
      patch: {},
      dryRun: true,
      staged: true,
      rate: 1_000,
    });
    expect(report).toMatchObject({ redriven: 1, failed: 1, stages: [] });
    expect(report.results[1]).toMatchObject({ id: bad, ok: false, error: { code: 'PAYLOAD_INVALID' } });
    expect(await at.items()).toEqual(before);
  });

  it('goes in stages of one, ten and the rest, each after the one before has ended', async () => {
    await die(15);
    const seen: RedriveProgress[] = [];
    const report = await operator.redrive({ filter: {}, staged: true, ...withWorkers('succeeded', seen) });
    expect(report).toMatchObject({
      redriven: 15,
      failed: 0,
      stages: [
        { redriven: 1, succeeded: 1, died: 0 },
        { redriven: 10, succeeded: 10, died: 0 },
      ],
      stopped: undefined,
    });
    const most = (stage: number) =>
      Math.max(...seen.filter((it) => it.stage === stage).map((it) => it.redriven));
    expect([most(1), most(2), most(3)]).toEqual([1, 11, 15]);
  });

  it('stops when they die again, and says of what', async () => {
    const ids = await die(15);
    const report = await operator.redrive({ filter: {}, staged: true, ...withWorkers('dead') });
    expect(report).toMatchObject({
      redriven: 1,
      stages: [{ redriven: 1, died: 1, succeeded: 0 }],
      stopped: { why: 'died-again', id: ids.at(-1), error: { name: 'TypeError', message: 'again' } },
    });
    expect((await operator.client.list()).jobs).toHaveLength(15 - 1);
  });

  it('does not take a job that somebody cancels for one that died', async () => {
    await die(2);
    const report = await operator.redrive({ filter: {}, staged: true, ...withWorkers('cancelled') });
    expect(report).toMatchObject({ redriven: 2, stopped: undefined });
    expect(report.stages[0]).toMatchObject({ otherwise: 1, died: 0 });
  });

  it('stops when a stage does not end in its time', async () => {
    const ids = await die(5);
    const report = await operator.redrive({ filter: {}, staged: true, rate: 1_000, stageTimeout: '100ms' });
    expect(report).toMatchObject({
      redriven: 1,
      stages: [{ unended: 1 }],
      stopped: { why: 'stage-timeout', id: ids.at(-1) },
    });
  });

  it('stops in an early stage when a payload is refused', async () => {
    await die(5);
    const report = await operator.redrive({ filter: {}, staged: true, patch: { orderId: 7 }, rate: 1_000 });
    expect(report).toMatchObject({ redriven: 0, failed: 1, stopped: { why: 'refused' } });
    expect(await queued()).toEqual([]);
  });

  it('fills an early stage up where another was faster', async () => {
    const ids = await die(3);
    const { id: waiting } = await at.client.enqueue('receipt.send', { orderId: '42' });
    await at.amend(waiting, { status: { S: 'succeeded' } });
    await operator.client.redrive([waiting]);
    const report = await operator.redrive({
      ids: [waiting, ...ids],
      staged: true,
      ...withWorkers('succeeded'),
    });
    expect(report).toMatchObject({ redriven: 3, failed: 1, stopped: undefined });
    expect(report.stages[0]).toMatchObject({ redriven: 1, succeeded: 1 });
  });

  it('stops at once when the signal aborts, and says what it had done', async () => {
    const ids = await die(6);
    const controller = new AbortController();
    const report = await operator.redrive({
      filter: {},
      rate: 5,
      signal: controller.signal,
      onProgress: ({ redriven }) => redriven === 2 && controller.abort(),
    });
    expect(report).toMatchObject({ redriven: 2, stopped: { why: 'aborted' } });
    expect((await queued()).sort()).toEqual(ids.slice(-2).sort());
  });

  it('keeps to its rate', async () => {
    await die(6);
    const began = Date.now();
    await operator.redrive({ filter: {}, rate: 20 });
    // Five waits of 50 ms; a machine that does other things too only makes it longer.
    expect(Date.now() - began).toBeGreaterThanOrEqual(250);
  });

  it('takes no rate in a dry run: nothing has to bear what it finds', async () => {
    const ids = await die(6);
    // At this rate it would take a day.
    const report = await operator.redrive({ filter: {}, dryRun: true, rate: 0.0001 });
    expect(report).toMatchObject({ redriven: ids.length, failed: 0 });
    expect(await queued()).toEqual([]);
  });

  it('refuses a job of a pool that is gone, and goes on with the others, in stages too', async () => {
    const ids = await die(2);
    const gone = await die(2, { pool: 'gone' });
    const report = await operator.redrive({
      ids: [...gone, ...ids],
      staged: true,
      ...withWorkers('succeeded'),
    });
    expect(report).toMatchObject({ redriven: 2, failed: 2, stopped: undefined });
    expect(report.results[0]).toMatchObject({ ok: false, error: { code: 'INVALID_OPTION' } });
    const records = await at.records();
    expect(
      records
        .filter(({ status }) => status === 'dead')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(gone.sort());
  });

  it('goes on in stages past a job whose payload is not stored', async () => {
    const ids = await die(1);
    const unstored = await die(1, { payload: undefined, holder: undefined });
    const report = await operator.redrive({
      ids: [...unstored, ...ids],
      staged: true,
      ...withWorkers('succeeded'),
    });
    expect(report).toMatchObject({ redriven: 1, failed: 1, stopped: undefined });
    expect(report.results[0]).toMatchObject({ error: { code: 'PAYLOAD_NOT_STORED' } });
  });

  it('goes on where a transaction of another’s was under way', async () => {
    await die(3);
    const reasons = [{ Code: 'TransactionConflict' }, { Code: 'None' }];
    using _ = meddle(at.dynamodb, 'TransactWriteItemsCommand', ({ nth, call }) =>
      nth > 1
        ? call()
        : Promise.reject(
            new TransactionCanceledException({
              message: 'Transaction cancelled',
              $metadata: {},
              CancellationReasons: reasons,
            }),
          ),
    );
    const report = await operator.redrive({ filter: {}, staged: true, ...withWorkers('succeeded') });
    expect(report).toMatchObject({ redriven: 3, failed: 0, stopped: undefined });
  });

  it('reports each job that AWS refused, and goes on', async () => {
    const ids = await die(3);
    using _ = failBefore(at.dynamodb, 'TransactWriteItemsCommand', 2);
    const report = await operator.redrive({ ids, rate: 1_000 });
    expect(report).toMatchObject({ redriven: 2, failed: 1 });
  });

  it('tells what it had done when AWS cannot be reached any more', async () => {
    await die(3);
    using fault = failBefore(at.dynamodb, 'GetItemCommand', 2);
    // The first read is that of the redrive, the second the look at how it ended.
    const report = await operator.redrive({ filter: {}, staged: true, rate: 1_000 });
    expect(fault.tries).toBe(2);
    expect(report).toMatchObject({ redriven: 1, stopped: { why: 'failed' } });
    expect(await queued()).toHaveLength(1);
  });

  it('fails with what a progress callback throws, once what is under way has ended', async () => {
    await die(3);
    const onProgress = () => {
      throw new TypeError('mistake of the caller');
    };
    const report = await operator.redrive({ filter: {}, rate: 1_000, onProgress });
    expect(report.stopped).toEqual({
      why: 'failed',
      error: { name: 'TypeError', message: 'mistake of the caller' },
    });
    expect(report.redriven).toBe((await queued()).length);
  });

  it.each<[string, unknown]>([
    ['neither ids nor a filter', {}],
    ['both ids and a filter', { ids: [], filter: {} }],
    ['a limit of none', { filter: {}, limit: 0 }],
    ['a rate of none', { filter: {}, rate: 0 }],
    ['a rate beyond the table', { filter: {}, rate: 100_000 }],
    ['a duration that is none', { filter: {}, staged: true, stageTimeout: 'soon' }],
  ])('refuses %s, and does nothing', async (_what, options) => {
    await die(1);
    await expect(operator.redrive(options as BulkRedriveOptions)).rejects.toBeInstanceOf(InvalidOptionError);
    expect(await queued()).toEqual([]);
  });
});
