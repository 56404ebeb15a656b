import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../lib/cli/index.ts';
import { progressNotes } from '../../lib/cli/jobs/redrive-progress.ts';
import { putDeadJob } from '../client/dead-job.ts';
import { Deployment, Engines } from '../client/fixture.ts';
import { ManualClock } from '../clock/manual-clock.ts';
import { REGION } from '../dispatch/test-queue.ts';

describe('millrace jobs redrive', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
    vi.stubEnv('AWS_REGION', REGION);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', engines.dynamodb.endpoint);
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', engines.sqs.endpoint);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await engines[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });

  async function redrive(...args: readonly string[]) {
    const out: string[] = [];
    const notes: string[] = [];
    const env = { MILLRACE_TABLE_NAME: at.tableName, MILLRACE_QUEUES: JSON.stringify(at.queues) };
    const code = await run(['jobs', 'redrive', ...args], {
      ...{ version: '1.2.3', directory: process.cwd(), env },
      print: (line) => out.push(stripVTControlCharacters(line)),
      note: (line) => notes.push(line),
    });
    const [stdout, stderr] = [out.join('\n'), notes.join('\n')];
    return { code, stdout, stderr, json: <T>() => JSON.parse(stdout) as T };
  }

  it('says of a dry run that it is one, and does nothing', async () => {
    const { id } = await putDeadJob(at);
    const dry = await redrive('--all', '--dry-run', '--json');
    expect(dry.code).toBe(0);
    expect(dry.stderr).not.toMatch(/\d redriven/);
    expect(dry.json()).toMatchObject({ dryRun: true, redriven: 1, failed: 0, results: [{ id, ok: true }] });
    expect((await redrive(id, '--dry-run')).stdout).toContain(`${id} would be redriven`);
    expect(await at.records()).toMatchObject([{ id, status: 'dead' }]);
  });

  it('says of what was done that it was', async () => {
    const { id } = await putDeadJob(at);
    const done = await redrive(id, '--json');
    expect(done.json()).toMatchObject({ dryRun: false, redriven: 1, failed: 0 });
    expect(await at.records()).toMatchObject([{ id, status: 'queued' }]);
  });

  it('says of one that cannot be read that it was not', async () => {
    const { id } = await putDeadJob(at);
    await at.amend(id, { attempts: { S: 'five' } });
    await putDeadJob(at);
    const { code, json } = await redrive('--all', '--json');
    expect(code).toBe(3);
    expect(json()).toMatchObject({ redriven: 1, failed: 1 });
    expect((await redrive('--all')).stdout).toContain(`✗ ${id} An item of the job '${id}' cannot be read`);
  });
});

describe('the progress of a redrive', () => {
  const STAGE = { stage: 1, redriven: 3, failed: 1, waitingFor: undefined };

  function given(options: { dryRun?: boolean; staged?: boolean }) {
    const clock = new ManualClock();
    const notes: string[] = [];
    const tell = progressNotes({ note: (line) => notes.push(line) }, { ...options, clock });
    return { clock, notes, tell };
  }

  it('is said each second at most, from the first on', () => {
    const { clock, notes, tell } = given({});
    tell({ ...STAGE, redriven: 1 });
    clock.advance(999);
    tell({ ...STAGE, redriven: 2 });
    expect(notes).toEqual([]);
    clock.advance(1);
    tell(STAGE);
    tell({ ...STAGE, redriven: 4 });
    expect(notes).toEqual(['3 redriven, 1 failed']);
  });

  it.each([
    [{ dryRun: true }, undefined, '3 would be redriven, 1 failed'],
    [{ staged: true }, 2, 'stage 1: 3 redriven, 1 failed, waiting for 2 to end'],
  ])('is said in words that fit %j', (options, waitingFor, line) => {
    const { clock, notes, tell } = given(options);
    clock.advance(1_000);
    tell({ ...STAGE, waitingFor });
    expect(notes).toEqual([line]);
  });
});
