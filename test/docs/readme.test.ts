import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { STACK_DEFAULTS } from '../../lib/constructs/index.ts';
import { DEFAULTS, LIMITS } from '../../lib/contract/index.ts';
import { type Page, readPages, root, shownFiles } from './pages.ts';
import { makeProject } from './project.ts';

const readme = (await readPages()).find(({ path }) => path === 'README.md') as Page;
const run = promisify(execFile);
const DAY = 86_400_000;

describe('the README', () => {
  it('reaches its commands and its example on the first screen', () => {
    const screen = readme.text.split('\n').slice(0, 12).join('\n');
    expect(screen).toContain('npm ci && npm run demo');
    expect(screen).toContain('npm ci && npm test');
    expect(screen).toContain('```ts');
  });

  it('begins with an example that runs: the stack by the command, the job by the client', {
    timeout: 120_000,
  }, async () => {
    await using project = await makeProject();
    const folder = await project.put('run', shownFiles(readme));
    const command = [join(root, 'bin/millrace.ts'), 'dev', '--app', `${process.execPath} app.ts`];
    const dev = spawn(process.execPath, command, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(dev, 'exit');
    try {
      const env = { ...process.env, ...(await printedEnvironment(dev.stdout)) };
      const { stdout } = await run(process.execPath, ['enqueue.ts'], { cwd: folder, env });
      expect(stdout).toBe('succeeded\n');
    } finally {
      dev.kill('SIGINT');
    }
    expect(await ended).toEqual([0, null]);
  });

  it('names every limit with its number', () => {
    const section = readme.text.slice(readme.text.indexOf('## Limits'));
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    const wrong = Object.entries(LIMITS).filter(([key, value]) => {
      const row = rows.find((line) => line.split('|')[1]?.includes(`\`${key}\``));
      return !row?.split('|')[2]?.includes(value.toLocaleString('en-US'));
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ['lib/contract/job.ts', 'JobOptions'],
    ['lib/client/options.ts', 'EnqueueOptions'],
    ['lib/contract/schedule.ts', 'CommonOptions'],
    ['lib/contract/schedule.ts', 'CronOptions'],
    ['lib/contract/schedule.ts', 'RateOptions'],
    ['lib/constructs/millrace-props.ts', 'MillraceProps'],
    ['lib/constructs/pool-props.ts', 'PoolProps'],
    ['lib/constructs/pool-props.ts', 'PriorityProps'],
    ['lib/constructs/alarms.ts', 'AlarmsProps'],
  ])('names every option that stands in %s, %s', async (file, name) => {
    const source = await readFile(join(root, file), 'utf8');
    const [, body = ''] = new RegExp(`interface ${name}\\b[^{]*{\\n(.*?)^}`, 'ms').exec(source) ?? [];
    const options = [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, option = '']) => option);
    expect(options).not.toEqual([]);
    const spans = [...readme.text.matchAll(/`[^`\n]+`/g)].join(' ');
    expect(options.filter((option) => !new RegExp(`\\b${option}\\b`).test(spans))).toEqual([]);
  });

  it.each([
    ['timeout', `${DEFAULTS.timeout / 1_000}s`],
    ['retry.maxAttempts', `${DEFAULTS.maxAttempts}`],
    ['retry.backoff', `base ${DEFAULTS.backoffBase / 1_000}s, cap ${DEFAULTS.backoffCap / 60_000}m`],
    ['maxAge', `${DEFAULTS.tickMaxAge / 3_600_000}h`],
    ['overlap', DEFAULTS.overlap],
    ['timeZone', DEFAULTS.timeZone],
    ['concurrency', `${DEFAULTS.concurrency}`],
    ['retention', `${DEFAULTS.retention / DAY} days`],
    ['deadRetention', `${DEFAULTS.deadRetention / DAY} days`],
    ['queueRetention', `${STACK_DEFAULTS.queueRetention / 86_400} and`],
    ['deadLetterRetention', `and ${STACK_DEFAULTS.deadLetterRetention / 86_400} days`],
    ['maxReceiveCount', `${STACK_DEFAULTS.maxReceiveCount}`],
    ['memorySize', `${STACK_DEFAULTS.workerMemory} MB`],
    [
      'priorities.<priority>.maxConcurrency',
      `${STACK_DEFAULTS.maxConcurrency}; ${STACK_DEFAULTS.idleMaxConcurrency}`,
    ],
  ])('says the default of %s: %s', (option, value) => {
    const row = readme.text.split('\n').find((line) => line.split('|')[1]?.includes(`\`${option}\``));
    expect(row?.split('|')[2]).toContain(value);
  });

  it('maps the folders that there are', () => {
    const map = readme.text.slice(readme.text.indexOf('## Repository map'));
    const named = [...map.matchAll(/^( {2})?([\w-]+)\/(?= |$)/gm)].map(([, inLib, name = '']) =>
      inLib ? `lib/${name}` : name,
    );
    expect(named).toContain('lib');
    expect(named.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
  });
});

/** The variables that the command prints for the reader's own app, once they are there. */
function printedEnvironment(stream: NodeJS.ReadableStream): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk;
      if (!/^export MILLRACE_QUEUES=.*\n/m.test(text)) return;
      const lines = [...text.matchAll(/^export (\w+)=(?:'([^']*)'|(.*))$/gm)];
      resolve(Object.fromEntries(lines.map(([, name, quoted, plain]) => [name, quoted ?? plain ?? ''])));
    });
    stream.on('end', () => reject(new Error(`The command ended before it was ready:\n${text}`)));
  });
}
