import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  EnqueuedJob,
  HistoryEntry,
  IdResult,
  JobPage,
  QuarantinePage,
} from '../../../lib/client/index.ts';
import {
  DrainTimeoutError,
  type Operator,
  type QueueStatus,
  type RedriveReport,
  type Whereabouts,
} from '../../../lib/operate/index.ts';
import { millrace } from '../../cli/millrace-command.ts';
import type { Step } from './fixture/catalog.ts';
import { type FixtureCloud, startFixture } from './fixture-cloud.ts';

const CATALOG = 'test/local/e2e/fixture/catalog.ts';
const QUEUE = { pool: 'default', priority: 'normal' } as const;

const steps = (...each: Step[]) => ({ steps: each });

describe('an operator', () => {
  let fixture: FixtureCloud;
  let operator: Operator;
  const cleanup = new AsyncDisposableStack();

  beforeAll(async () => {
    fixture = cleanup.use(await startFixture());
    ({ operator } = fixture);
  }, 120_000);
  afterAll(() => cleanup.disposeAsync());

  /** The command, with the variables that `millrace dev` prints and nothing else. */
  const command = (...args: string[]) => millrace(args, fixture.cloud.env);
  const where = async (id: string) => (await command('where', id, '--json')).json<Whereabouts>();
  const ended = async (id: string) => (await fixture.client.wait(id, { timeout: '60s' })).status;

  it('enqueues a job from the command line, once for a key, now or at any time', async () => {
    const payload = JSON.stringify(steps('succeed'));
    const enqueue = (...more: string[]) =>
      command('enqueue', 'calm.run', '--payload', payload, '--catalog', CATALOG, '--json', ...more);
    const first = (await enqueue('--key', 'from the shell', '--priority', 'high')).json<EnqueuedJob>();
    expect(first.deduplicated).toBe(false);
    const again = (await enqueue('--key', 'from the shell', '--priority', 'high')).json<EnqueuedJob>();
    expect(again).toEqual({ id: first.id, deduplicated: true });
    expect(await ended(first.id)).toBe('succeeded');

    const runAt = '2030-01-01T00:00:00Z';
    const later = (await enqueue('--run-at', runAt)).json<EnqueuedJob>();
    expect(await fixture.client.get(later.id)).toMatchObject({ status: 'scheduled', runAt: new Date(runAt) });
    await fixture.client.cancel([later.id]);
    const wrong = await command('enqueue', 'calm.run', '--payload', '{"steps":[]}', '--catalog', CATALOG);
    expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('steps') });
    const unknown = await command('enqueue', 'no.such', '--payload', '{}', '--catalog', CATALOG);
    expect(unknown.stderr).toContain("'calm.run'");
    expect((await enqueue('--run-at', 'tomorrow')).code).toBe(2);
  });

  it('drains a queue, finds jobs wherever they are, and resumes', async () => {
    expect((await operator.queues()).map(({ feed }) => feed)).toEqual(Array(8).fill('enabled'));
    const drained = await command('drain', 'default/normal', '--json');
    expect(drained).toMatchObject({ code: 0 });
    expect(drained.json<{ queues: QueueStatus[] }>().queues).toMatchObject([
      { ...QUEUE, feed: 'disabled', waiting: 0, inFlight: 0 },
    ]);

    const { id } = await fixture.client.enqueue('calm.run', steps('watch'));
    const waiting = await fixture.client.enqueueMany(
      Array.from({ length: 3 }, () => ({ job: 'calm.run', payload: steps('succeed') })),
    );
    const later = await fixture.client.enqueue('calm.run', steps('succeed'), { delay: '10m' });
    expect(await where(id)).toMatchObject({
      place: 'paused',
      next: expect.stringContaining('millrace resume default/normal'),
      queue: { waiting: 4, delayed: 1 },
    });
    expect(await where(later.id)).toMatchObject({ place: 'delayed', job: { status: 'scheduled' } });
    const queues = await command('queues');
    expect(queues.stdout).toMatch(/QUEUE +WAITING +IN FLIGHT +DELAYED +DEAD LETTERS +FEED/);
    expect(queues.stdout).toMatch(/default\/normal +4 +0 +1 +0 +disabled/);
    expect(queues.stdout).toMatch(/rough\/low +0 +0 +0 +0 +enabled/);
    // No receive was burnt, and nothing runs, however long the queue is paused.
    expect(await fixture.executions(id)).toEqual([]);

    expect(await command('resume', 'default/normal')).toMatchObject({ code: 0 });
    await fixture.begun(id, 1);
    expect(await where(id)).toMatchObject({ place: 'worker', job: { status: 'running' } });
    // What waited the pause out runs, as its first attempt and by the message that it had.
    for (const result of waiting) {
      const waited = result.ok ? result.job.id : String(result.error);
      expect(await fixture.client.wait(waited, { timeout: '60s' })).toMatchObject({
        ...{ status: 'succeeded', attempts: 1, dispatch: 0 },
      });
      expect(await fixture.executions(waited)).toHaveLength(1);
    }
    const cancelled = await command('jobs', 'cancel', id, later.id, '--why', 'enough', '--json');
    expect(cancelled.json<{ results: IdResult[] }>().results).toEqual([
      { id, ok: true, status: 'running' },
      { id: later.id, ok: true, status: 'cancelled' },
    ]);
    expect(await ended(id)).toBe('cancelled');
    expect(await where(id)).toMatchObject({ place: 'ended', next: expect.stringContaining('Nothing more') });
    const again = await command('jobs', 'cancel', id, later.id);
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('has ended already') });
    const waits = await fixture.client.enqueue('calm.run', steps('succeed'), { delay: '10m' });
    const one = await command('jobs', 'cancel', waits.id);
    expect(one).toMatchObject({ code: 0, stdout: expect.stringMatching(/✓ \S+ cancelled\n/) });
  });

  it('waits for a job that runs while its queue is drained', async () => {
    const { id } = await fixture.client.enqueue('calm.run', steps('work'), { priority: 'high' });
    await fixture.begun(id, 1);
    const high = { pool: 'default', priority: 'high' } as const;
    const impatient = operator.drain({ ...high, timeout: 0 });
    await expect(impatient).rejects.toBeInstanceOf(DrainTimeoutError);
    const seen: number[] = [];
    await operator.drain({ ...high, onProgress: ([queue]) => seen.push(queue?.inFlight ?? -1) });
    expect(seen.at(-1)).toBe(0);
    expect(await fixture.client.get(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(await operator.resume(high)).toMatchObject([{ feed: 'enabled' }]);
  });

  it('cancels a running job within a beat of its worker', async () => {
    const { id } = await fixture.client.enqueue('calm.run', steps('work'));
    await fixture.begun(id, 1);
    // It would succeed in two seconds if its signal did not fire.
    expect(await operator.client.cancel([id], { by: 'ada' })).toMatchObject([{ id, ok: true }]);
    expect(await ended(id)).toBe('cancelled');
  });

  it('reads the whole history of a job that failed twice, succeeded, and was redriven', async () => {
    const { id } = await fixture.client.enqueue('calm.run', steps('throw', 'throw', 'succeed'));
    expect(await ended(id)).toBe('succeeded');
    const redriven = await command('jobs', 'redrive', id, '--by', 'ada', '--why', 'once more', '--json');
    expect(redriven).toMatchObject({ code: 0 });
    await vi.waitFor(async () => expect(await ended(id)).toBe('succeeded'));

    const { history } = (await command('jobs', 'history', id, '--json')).json<{ history: HistoryEntry[] }>();
    expect(history.map(({ from, to, attempt }) => [from, to, attempt])).toEqual([
      ['none', 'queued', undefined],
      ['queued', 'running', 1],
      ['running', 'retrying', 1],
      ['retrying', 'running', 2],
      ['running', 'retrying', 2],
      ['retrying', 'running', 3],
      ['running', 'succeeded', 3],
      ['succeeded', 'queued', undefined],
      ['queued', 'running', 1],
      ['running', 'succeeded', 1],
    ]);
    expect(history[2]).toMatchObject({ error: { name: 'Error', message: 'told to throw' } });
    expect(history[7]).toMatchObject({ by: 'ada', why: 'once more' });
    const text = (await command('jobs', 'history', id)).stdout;
    expect(text).toMatch(/TIME +FROM +TO +ATTEMPT +DISPATCH +BY +WHY/);
    expect(text).toMatch(/succeeded +queued +– +3 +ada +once more/);
  });

  it('reads the history of a job that put itself off: no attempt is counted for it', async () => {
    const { id } = await fixture.client.enqueue('calm.run', steps('snooze', 'snooze', 'succeed'));
    await fixture.begun(id, 1);
    expect(await ended(id)).toBe('succeeded');
    expect(await fixture.client.get(id)).toMatchObject({ attempts: 1, dispatch: 2, error: undefined });
    const begun = await fixture.executions(id);
    expect(begun.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    for (const [at, { at: time }] of begun.slice(1).entries())
      expect(time - (begun[at]?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
    const history = await fixture.client.history(id);
    expect(history.map(({ from, to, attempt }) => [from, to, attempt])).toEqual([
      ['none', 'queued', undefined],
      ['queued', 'running', 1],
      ['running', 'scheduled', 1],
      ['scheduled', 'running', 1],
      ['running', 'scheduled', 1],
      ['scheduled', 'running', 1],
      ['running', 'succeeded', 1],
    ]);
  });

  it('lists what died, redrives it in stages, and stops when it dies again; then with a mended payload', async () => {
    const tenant = 'acme';
    const jobs = Array.from({ length: 12 }, () => ({
      job: 'calm.run' as const,
      payload: steps('fail'),
      options: { tenant },
    }));
    const ids = (await fixture.client.enqueueMany(jobs)).map((result) => (result.ok ? result.job.id : ''));
    for (const id of ids) expect(await ended(id)).toBe('dead');

    const filter = ['--tenant', tenant, '--type', 'calm.run', '--since', '1h'];
    const { jobs: listed } = (await command('jobs', 'list', ...filter, '--json')).json<JobPage>();
    expect(listed.map(({ id }) => id).sort()).toEqual(ids.toSorted());
    const [fingerprint = ''] = listed.map(({ error }) => error?.fingerprint);
    filter.push('--fingerprint', fingerprint);
    const dry = await command('jobs', 'redrive', ...filter, '--dry-run', '--json');
    expect(dry.json<RedriveReport>()).toMatchObject({ redriven: 12, failed: 0, stages: [] });
    expect((await operator.client.list({ tenant })).jobs).toHaveLength(12);

    const again = await command('jobs', 'redrive', ...filter, '--staged', '--json');
    expect(again.code).toBe(3);
    expect(again.json<RedriveReport>()).toMatchObject({
      redriven: 1,
      stages: [{ redriven: 1, died: 1 }],
      stopped: { why: 'died-again', error: { name: 'Fail', message: 'told to fail' } },
    });
    expect((await operator.client.list({ tenant })).jobs).toHaveLength(12);

    const patch = ['--patch', JSON.stringify(steps('succeed')), '--catalog', CATALOG];
    const mended = await command('jobs', 'redrive', ...filter, ...patch, '--staged', '--why', 'mended');
    expect(mended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Stage 2: 10 succeeded, 0 died'),
    });
    for (const id of ids) expect(await ended(id)).toBe('succeeded');
    const got = (await command('jobs', 'get', ids[0] ?? '', '--payload', '--json')).json<{
      payload: unknown;
    }>();
    expect(got.payload).toEqual(steps('succeed'));
    const told = await operator.client.history(ids[0] ?? '');
    expect(told.find(({ why }) => why === 'mended')?.replaced).toBe(JSON.stringify(steps('fail')));
  });

  it('refuses a payload that does not fit its schema, and changes nothing', async () => {
    const { id } = await fixture.client.enqueue('calm.run', steps('fail'), { priority: 'critical' });
    expect(await ended(id)).toBe('dead');
    const patch = ['--patch', '{"steps":["dance"]}', '--catalog', CATALOG];
    const refused = await command('jobs', 'redrive', id, ...patch, '--json');
    expect(refused.code).toBe(1);
    expect(refused.json<RedriveReport>().results).toMatchObject([
      { id, ok: false, error: { code: 'PAYLOAD_INVALID' } },
    ]);
    expect(await where(id)).toMatchObject({ place: 'ended', job: { status: 'dead' } });
  });

  it('lists the messages that nobody could read', async () => {
    const QueueUrl = fixture.queueUrl({ pool: 'default', priority: 'low' });
    await fixture.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'not an envelope' }));
    await vi.waitFor(
      async () => {
        const { messages } = (
          await command('jobs', 'list', '--quarantined', '--json')
        ).json<QuarantinePage>();
        expect(messages).toMatchObject([{ body: 'not an envelope' }]);
      },
      { timeout: 40_000, interval: 500 },
    );
  });

  it('is told what it got wrong', async () => {
    expect(await where('no-such-job')).toMatchObject({ place: 'nowhere' });
    expect(await command('where', 'no-such-job')).toMatchObject({ code: 1 });
    expect(await command('jobs', 'get', 'no-such-job')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('JobNotFoundError'),
    });
    expect(await command('drain', 'nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('default/normal'),
    });
  });
}, 120_000);
