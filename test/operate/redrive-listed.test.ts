import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MovedOnError, RecordUnreadableError } from '../../lib/client/index.ts';
import { Operator, type RedriveProgress } from '../../lib/operate/index.ts';
import { type JobRecord, STATE, stateItem } from '../../lib/state/index.ts';
import { putDeadJob } from '../client/dead-job.ts';
import { catalog, Deployment, Engines } from '../client/fixture.ts';
import { meddle } from '../faults/sdk-faults.ts';

describe('redriving what a filter listed', () => {
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

  /** Dead jobs, the newest first. */
  function die(count: number): Promise<JobRecord[]> {
    const now = Date.now();
    return Promise.all(Array.from({ length: count }, (_, n) => putDeadJob(at, { deadAt: now - n * 1_000 })));
  }

  const record = async (id: string) => (await at.records()).find((found) => found.id === id);

  /** Does something once the jobs are listed, before any of them is read. */
  function onceListed(work: () => Promise<void>): Disposable {
    let done: Promise<void> | undefined;
    return meddle(at.dynamodb, 'GetItemCommand', async ({ call }) => {
      done ??= work();
      await done;
      return call();
    });
  }

  /** What workers make of the jobs of an early stage. */
  const withWorkers = {
    rate: 1_000,
    onProgress: ({ waitingFor }: RedriveProgress) => {
      if (waitingFor) void succeed();
    },
  };

  async function succeed(): Promise<void> {
    for (const { pk, sk, status, dispatch } of await at.items())
      if (sk?.S === STATE && status?.S === 'queued' && dispatch?.N === '5')
        await at.amend(pk?.S?.slice('job#'.length) ?? '', { status: { S: 'succeeded' } });
  }

  const notListed = { deadShard: undefined, deadAt: undefined };
  const CHANGES: [string, Partial<JobRecord>][] = [
    ['succeeded', { status: 'succeeded', dispatch: 5, ...notListed }],
    ['was cancelled', { status: 'cancelled', dispatch: 5, ...notListed }],
    ['was redriven', { status: 'queued', dispatch: 6, ...notListed }],
    ['died again', { dispatch: 7 }],
    ['was enqueued anew and died', { gen: 'another', enqueuedAt: 1 }],
  ];

  describe.each(CHANGES)('leaves one alone that %s since', (_what, changes) => {
    it.each([{}, { staged: true }, { dryRun: true }])('with %j', async (how) => {
      const [first, moved, last] = (await die(3)) as [JobRecord, JobRecord, JobRecord];
      const now = stateItem({ ...moved, ...changes });
      let patched = 0;
      const patch = (payload: unknown) => {
        patched += 1;
        return payload;
      };
      using _ = onceListed(() => at.put(now));
      const report = await operator.redrive({ filter: {}, patch, ...how, ...withWorkers });
      expect(report).toMatchObject({ redriven: 2, failed: 1, stopped: undefined });
      expect(report.results).toEqual([
        { id: first.id, ok: true },
        { id: moved.id, ok: false, error: expect.any(MovedOnError) },
        { id: last.id, ok: true },
      ]);
      const { status = 'dead', dispatch = moved.dispatch } = changes;
      expect(report.results[1]).toMatchObject({
        error: {
          code: 'MOVED_ON',
          message: expect.stringContaining(`Got: status ${status}, dispatch ${dispatch}`),
        },
      });
      expect(patched).toBe(2);
      expect((await at.items()).filter(({ pk }) => pk?.S?.endsWith(moved.id))).toEqual([now]);
    });
  });

  it('fills an early stage up where the first has moved on', async () => {
    const [moved] = (await die(3)) as [JobRecord];
    using _ = onceListed(() => at.amend(moved.id, { status: { S: 'cancelled' } }));
    const report = await operator.redrive({ filter: {}, staged: true, ...withWorkers });
    expect(report).toMatchObject({ redriven: 2, failed: 1, stopped: undefined });
    expect(report.stages[0]).toMatchObject({ redriven: 1, succeeded: 1 });
  });

  it('leaves one alone that was redriven and died between the read and the write', async () => {
    const [dead] = (await die(1)) as [JobRecord];
    using _ = meddle(at.dynamodb, 'TransactWriteItemsCommand', async ({ nth, call }) => {
      if (nth === 1) await at.amend(dead.id, { dispatch: { N: '6' } });
      return call();
    });
    const report = await operator.redrive({ filter: {}, rate: 1_000 });
    expect(report.results).toMatchObject([{ ok: false, error: { code: 'MOVED_ON' } }]);
    expect(await record(dead.id)).toMatchObject({ status: 'dead', dispatch: 6 });
  });

  it('redrives what is named by its id, whatever became of it', async () => {
    const { id } = await putDeadJob(at, { status: 'cancelled', ...notListed });
    expect(await operator.redrive({ ids: [id] })).toMatchObject({ redriven: 1, failed: 0 });
  });

  it('takes expired jobs for expired ones', async () => {
    const { id } = await putDeadJob(at, { status: 'expired', deadShard: 'expired#0' });
    const report = await operator.redrive({ filter: { status: 'expired' } });
    expect(report.results).toEqual([{ id, ok: true }]);
  });

  it.each([{}, { staged: true }, { dryRun: true }])(
    'counts one that cannot be read as failed, with %j',
    async (how) => {
      const [spoilt, ...good] = (await die(3)) as [JobRecord];
      await at.amend(spoilt.id, { attempts: { S: 'five' } });
      const report = await operator.redrive({ filter: {}, ...how, ...withWorkers });
      expect(report).toMatchObject({ redriven: 2, failed: 1, stopped: undefined });
      expect(report.results.filter(({ ok }) => ok).map(({ id }) => id)).toEqual(good.map(({ id }) => id));
      expect(report.results.filter(({ ok }) => !ok)).toEqual([
        { id: spoilt.id, ok: false, error: expect.any(RecordUnreadableError) },
      ]);
    },
  );

  it('goes on in stages past one that was named and cannot be read', async () => {
    const [spoilt, good] = (await die(2)) as [JobRecord, JobRecord];
    await at.amend(spoilt.id, { attempts: { S: 'five' } });
    const ids = [spoilt.id, good.id];
    const report = await operator.redrive({ ids, staged: true, rate: 1_000, stageTimeout: '0s' });
    expect(report).toMatchObject({ redriven: 1, failed: 1, stopped: { why: 'stage-timeout' } });
  });
});
