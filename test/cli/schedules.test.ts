import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../../lib/cli/index.ts';
import type { BackfillEntry, PutSchedule, ScheduleView } from '../../lib/client/index.ts';
import { Lab } from '../worker/lab.ts';
import type { Stand } from '../worker/stand.ts';
import { REGION } from '../worker/wire.ts';
import { catalog } from './schedule-catalog.ts';

const CATALOG = 'test/cli/schedule-catalog.ts';
const WEEKLY = [
  ...['schedules', 'put', 'weekly', '--tenant', 'acme', '--job', 'report.build', '--catalog', CATALOG],
  ...['--cron', '0 7 ? * MON *', '--time-zone', 'Europe/Berlin', '--overlap', 'queue', '--max-age', '2h'],
];
const PAYLOAD = ['--payload', '{"title":"Last week"}'];
const ACME = ['--tenant', 'acme'];

let lab: Lab;
let stand: Stand<typeof catalog>;
beforeAll(async () => {
  lab = await Lab.start();
  stand = await lab.stand({ catalog, handlers: { 'report.build': () => undefined } });
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', lab.endpoints.dynamodb);
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', lab.endpoints.sqs);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await lab[Symbol.asyncDispose]();
});

/** A command line, run in this process: what it costs to start one is no part of these tests. */
async function millrace(...args: readonly string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const code = await run(args, {
    ...{ version: '1.2.3', directory: process.cwd(), env: stand.environment },
    print: (line) => out.push(stripVTControlCharacters(line)),
    note: (line) => notes.push(line),
  });
  const [stdout, stderr] = [out.join('\n'), notes.join('\n')];
  return { code, stdout, stderr, json: <T>() => JSON.parse(stdout) as T };
}

describe('millrace schedules', () => {
  it('puts a schedule, says whether that was a change, and shows it', async () => {
    const put = await millrace(...WEEKLY, ...PAYLOAD, '--json');
    expect(put).toMatchObject({ code: 0, stderr: '' });
    expect(put.json<PutSchedule>()).toMatchObject({
      changed: true,
      schedule: {
        ...{ name: 'weekly', tenant: 'acme', source: 'client', expression: 'cron(0 7 ? * MON *)' },
        ...{ overlap: 'queue', maxAge: 7_200_000, payload: { title: 'Last week' }, state: 'pending' },
      },
    });
    expect((await millrace(...WEEKLY, ...PAYLOAD, '--json')).json<PutSchedule>().changed).toBe(false);
    const shown = await millrace('schedules', 'get', 'weekly', ...ACME);
    expect(shown.stdout).toMatch(/^timeZone +Europe\/Berlin$/m);
    expect(
      (await millrace('schedules', 'get', 'weekly', ...ACME, '--json')).json<ScheduleView>(),
    ).toMatchObject({
      job: 'report.build',
    });
  });

  it('takes the payload from a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-schedules-'));
    try {
      const file = join(directory, 'payload.json');
      await writeFile(file, '{"title":"From a file"}');
      const put = await millrace(...WEEKLY, '--payload', `@${file}`, '--json');
      expect(put.json<PutSchedule>().schedule.payload).toEqual({ title: 'From a file' });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("lists them, the catalog's where it is named", async () => {
    await stand.client.schedules.put('report.build', {
      name: 'hourly',
      every: '1h',
      payload: { title: 'Hour' },
    });
    const all = await millrace('schedules', 'list', '--catalog', CATALOG);
    expect(all.stdout).toMatch(/^NAME .*NEXT$/m);
    expect(all.stdout).toMatch(
      /^nightly +– +catalog +report\.build +cron\(0 3 \* \* \? \*\) UTC +allow +active/m,
    );
    expect(all.stdout).toMatch(/^hourly +– +client +report\.build +rate\(1 hour\) +allow +pending/m);
    const { schedules } = (await millrace('schedules', 'list', ...ACME, '--json')).json<{
      schedules: ScheduleView[];
    }>();
    expect(schedules.every(({ tenant }) => tenant === 'acme')).toBe(true);
  });

  it('says when one fires next', async () => {
    const from = ['--from', '2027-03-27T12:00:00Z', '--count', '2'];
    const next = await millrace('schedules', 'next', 'nightly', '--catalog', CATALOG, ...from);
    expect(next).toMatchObject({ code: 0, stdout: '2027-03-28T03:00:00.000Z\n2027-03-29T03:00:00.000Z' });
  });

  it('pauses and resumes, at run time and of the catalog', async () => {
    for (const named of [['hourly'], ['nightly', '--catalog', CATALOG]]) {
      const state = async () =>
        (await millrace('schedules', 'get', ...named, '--json')).json<ScheduleView>().paused;
      expect((await millrace('schedules', 'pause', ...named)).code).toBe(0);
      expect(await state()).toBe(true);
      expect((await millrace('schedules', 'resume', ...named)).code).toBe(0);
      expect(await state()).toBe(false);
    }
  });

  it('triggers, and makes up for what was missed', async () => {
    const triggered = await millrace('schedules', 'trigger', 'nightly', '--catalog', CATALOG, '--json');
    expect(await stand.client.get(triggered.json<{ id: string }>().id)).toMatchObject({ status: 'queued' });
    const span = ['--from', '2026-01-01T00:00:00Z', '--to', '2026-01-04T00:00:00Z'];
    const backfill = ['schedules', 'backfill', 'nightly', '--catalog', CATALOG, ...span];
    const dry = await millrace(...backfill, '--dry-run');
    expect(dry.stdout).toMatch(/^TIME +ID +WOULD BE\n2026-01-01T03:00:00\.000Z +\S+ +made\n/);
    const { entries } = (await millrace(...backfill, '--json')).json<{
      entries: (BackfillEntry & { at: string })[];
    }>();
    expect(entries.map(({ at, result }) => `${at} ${result}`)).toEqual(
      ['01', '02', '03'].map((day) => `2026-01-${day}T03:00:00.000Z made`),
    );
  });

  it('deletes what was put, and not what the catalog has', async () => {
    expect(await millrace('schedules', 'delete', 'hourly')).toMatchObject({ code: 0 });
    const gone = await millrace('schedules', 'get', 'hourly', '--json');
    expect(gone.code).toBe(1);
    expect(gone.json<{ error: { code: string } }>().error.code).toBe('SCHEDULE_NOT_FOUND');
    expect((await millrace('schedules', 'delete', 'nightly', '--catalog', CATALOG)).code).toBe(1);
  });

  it.each([
    ['without a payload', [...WEEKLY], "required option '--payload"],
    ['with what is no JSON', [...WEEKLY, '--payload', '{'], '--payload is not JSON'],
    ['without a catalog', ['schedules', 'put', 'a', '--job', 'b', ...PAYLOAD, '--every', '1h'], '--catalog'],
    ['with an expression that is none', [...WEEKLY, ...PAYLOAD, '--cron', '0 7 * * MON *'], 'cron'],
    ['with two', [...WEEKLY, ...PAYLOAD, '--every', '1h'], 'one of the two'],
    [
      'with an overlap that there is not',
      [...WEEKLY, ...PAYLOAD, '--overlap', 'never'],
      'allow, skip, queue',
    ],
  ])('refuses a put %s as a wrong command line', async (_, args, said) => {
    const { code, stderr } = await millrace(...args);
    expect(stderr).toContain(said);
    expect(code).toBe(2);
  });
});
