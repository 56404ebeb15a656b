import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../lib/cli/index.ts';
import { loadCatalog } from '../../lib/cli/load-catalog.ts';
import { millrace } from './millrace-command.ts';

const ENV = {
  MILLRACE_TABLE_NAME: 'Jobs',
  MILLRACE_QUEUES: '{"default":{"low":"http://127.0.0.1:1/000000000000/low"}}',
};

/** A command line, run in this process: none of these gets as far as AWS. */
async function millraceHere(...args: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const code = await run(args, {
    version: '1.2.3',
    directory: process.cwd(),
    env: ENV,
    print: (line) => out.push(line),
    note: (line) => notes.push(line),
  });
  return { code, out: out.join('\n'), notes: notes.join('\n') };
}

describe('the command line', () => {
  it('tells its version and its commands', async () => {
    expect(await millraceHere('--version')).toEqual({ code: 0, out: '1.2.3', notes: '' });
    const { code, out } = await millraceHere('--help');
    expect(code).toBe(0);
    for (const command of ['dev', 'enqueue', 'jobs', 'queues', 'drain', 'resume', 'where'])
      expect(out).toContain(`  ${command}`);
    const schedules = (await millraceHere('schedules', '--help')).out;
    for (const command of ['list', 'get', 'next', 'put', 'pause', 'resume', 'trigger', 'backfill', 'delete'])
      expect(schedules).toContain(`  ${command}`);
    const jobs = (await millraceHere('jobs', '--help')).out;
    for (const command of ['get', 'list', 'cancel', 'redrive', 'history'])
      expect(jobs).toContain(`  ${command}`);
  });

  it.each([
    [['nonsense'], /unknown command/],
    [['jobs', 'get'], /missing required argument 'id'/],
    [['jobs', 'cancel'], /missing required argument 'id'/],
    [['jobs', 'list', '--limit', 'many'], /whole number/],
    [['jobs', 'list', '--since', 'yesterday'], /'yesterday' is invalid.*such as '2h'/],
    [['jobs', 'list', '--until', '7'], /'7' is invalid.*such as '2h'/],
    [['jobs', 'redrive', '--since', '2'], /--since <time>' argument '2' is invalid.*such as '2h'/],
    [['jobs', 'redrive', '--all', '--until', '2026-11-30T12:00'], /with its offset/],
    [['schedules', 'next', 'a', '--from', 'last 3'], /'last 3' is invalid.*such as '2h'/],
    [['schedules', 'backfill', 'a', '--from', '50'], /'50' is invalid.*such as '2h'/],
    [['jobs', 'cancel', 'a', '--by', ''], /Expected: 1 to 200 characters of well-formed text/],
    [['jobs', 'redrive', 'a', '--rate', '1001'], /1000 at most/],
    [['jobs', 'redrive'], /give ids, or filters, or --all/],
    [['jobs', 'redrive', 'a', '--tenant', 'acme'], /ids or filters, not both/],
    [['jobs', 'redrive', 'a', '--patch', '{}'], /--patch needs --catalog/],
    [['jobs', 'redrive', 'a', '--patch', '{', '--catalog', 'x.ts'], /--patch is not JSON/],
    [
      ['jobs', 'redrive', 'a', '--patch', '@nowhere.json', '--catalog', 'x.ts'],
      /the file of --patch cannot be read: ENOENT.*nowhere\.json/,
    ],
    [['enqueue', '--payload', '{}', '--catalog', 'x.ts'], /missing required argument 'job'/],
    [['enqueue', 'a', '--catalog', 'x.ts'], /required option '--payload <json>' not specified/],
    [['enqueue', 'a', '--payload', '{}'], /required option '--catalog <file>' not specified/],
    [['enqueue', 'a', '--payload', '{', '--catalog', 'x.ts'], /--payload is not JSON/],
    [['enqueue', 'a', '--payload', '{}', '--catalog', 'x.ts', '--priority', 'urgent'], /One of critical/],
    [['enqueue', 'a', '--payload', '{}', '--catalog', 'x.ts', '--delay', 'later'], /such as '30s'/],
    [['drain'], /missing required argument/],
    [['drain', 'default/urgent'], /critical, high, normal, low/],
    [['where', 'a', '--colour'], /unknown option/],
    [['jobs', 'list', '--quarantined', '--type', 'x'], /--quarantined takes no filter/],
  ])('ends with 2 for %j, and says why', async (args, message) => {
    const { code, out, notes } = await millraceHere(...args);
    expect(code).toBe(2);
    expect(notes).toMatch(message);
    expect(out).toBe('');
  });

  it('ends with 2 for a queue that is not configured', async () => {
    const { code, notes } = await millraceHere('drain', 'heavy');
    expect(code).toBe(2);
    expect(notes).toContain('default/low');
  });

  it('ends with 1 where the stack is not known, and says how to name it', async () => {
    const ended = await millrace(['queues']);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain('MILLRACE_TABLE_NAME is not set');
    expect(ended.stderr).toContain('--stack');
  });

  it('says errors as JSON where JSON is asked for, and what helps beside it', async () => {
    const ended = await millrace(['jobs', 'get', 'a', '--json']);
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Name the stack by --stack.*\n$/),
    });
    expect(ended.json()).toMatchObject({ error: { code: 'ENVIRONMENT_INVALID', retryable: false } });
  });

  it.each([
    [['jobs', 'redrive'], 2, 'USAGE', /^give ids, or filters, or --all/],
    [['jobs', 'redrive', 'a', '--patch', '{}', '--catalog', 'nofile.ts'], 1, 'CATALOG_FILE', /nofile\.ts/],
    [['enqueue', 'a', '--payload', '{', '--catalog', 'x.ts'], 2, 'USAGE', /^--payload is not JSON/],
    [['enqueue', 'a', '--payload', '{}', '--catalog', 'nofile.ts'], 1, 'CATALOG_FILE', /nofile\.ts/],
    [['where'], 2, 'USAGE', /^missing required argument 'id'$/],
    [['where', 'a', '--colour'], 2, 'USAGE', /^unknown option '--colour'/],
    [['nonsense'], 2, 'USAGE', /^unknown command 'nonsense'/],
    [['drain', 'heavy'], 2, 'INVALID_OPTION', /default\/low/],
    [['queues', '--outputs', 'nofile.json'], 1, 'OUTPUTS_FILE', /nofile\.json/],
  ])('says the error of %j as one document', async (args, exit, code, message) => {
    const { code: ended, out, notes } = await millraceHere(...args, '--json');
    expect(ended).toBe(exit);
    const { error } = JSON.parse(out) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ name: expect.stringMatching(/Error$/), code, retryable: false });
    expect(error['message']).toMatch(message);
    expect(notes).toBe('');
  });

  it('says what nobody foresaw as a document too', async () => {
    const { code, out } = await millraceHere(
      'jobs',
      'get',
      'a',
      '--json',
      '--stack',
      'Jobs',
      '--outputs',
      '.',
    );
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ error: { name: expect.any(String), code: expect.any(String) } });
  });

  it('gives help and the version as they are, JSON or not', async () => {
    expect(await millraceHere('--version', '--json')).toEqual({ code: 0, out: '1.2.3', notes: '' });
    expect((await millraceHere('where', '--help', '--json')).out).toMatch(/^Usage: millrace where/);
  });

  it.each([
    [
      ['jobs', 'list'],
      ['--since', '--until'],
    ],
    [
      ['jobs', 'redrive'],
      ['--since', '--until'],
    ],
    [['schedules', 'next'], ['--from']],
    [
      ['schedules', 'backfill'],
      ['--from', '--to'],
    ],
  ])('tells in the help of %j which times it takes', async (command, options) => {
    const { out } = await millraceHere(...command, '--help');
    const help = out.replaceAll(/\s+/g, ' ');
    for (const option of options)
      expect(help).toMatch(
        new RegExp(`${option} <time> [^<]*'2h'[^<]*'2027-03-01'[^<]*'2027-03-01T12:00:00Z'`),
      );
  });

  it('tells in the help how fast a redrive may be', async () => {
    expect((await millraceHere('jobs', 'redrive', '--help')).out.replaceAll(/\s+/g, ' ')).toContain(
      'jobs a second, up to 1,000 (default: 50)',
    );
  });

  it('tells whose name stands in the history by default', async () => {
    expect((await millraceHere('jobs', 'cancel', '--help')).out).toContain('(default: cli:<user>)');
  });

  it('says without a stack what AWS says', async () => {
    const ended = await millrace(['jobs', 'list'], { ...ENV, AWS_EC2_METADATA_DISABLED: 'true' });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/Region is missing/);
    expect(ended.stderr).not.toContain('    at ');
  });
});

describe('the catalog of a file', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-catalog-'));
    await writeFile(
      join(directory, 'good.mjs'),
      'export const catalog = { jobs: [], schedules: [], find: () => undefined };',
    );
    await writeFile(join(directory, 'other.mjs'), 'export const jobs = [];');
    await writeFile(join(directory, 'broken.mjs'), 'export const catalog = ;');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is what the module exports by that name', async () => {
    expect((await loadCatalog(directory, 'good.mjs')).jobs).toEqual([]);
  });

  it.each(['other.mjs', 'broken.mjs', 'missing.mjs'])('is told to be missing in %s', async (file) => {
    await expect(loadCatalog(directory, file)).rejects.toMatchObject({
      code: 'CATALOG_FILE',
      message: expect.stringContaining(file),
    });
  });
});
