import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { createFixture, jobsStack } from './fixture-app.ts';

const LIB = pathToFileURL(join(import.meta.dirname, '../../../lib/local/index.ts')).href;

/** Answers with its pid at once, and never ends by itself. */
const PID = `
setInterval(() => undefined, 1_000);
export const handler = async () => process.pid;
`;

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a local cloud whose process is killed', () => {
  it('leaves no sandbox and no engine behind', async () => {
    await using fixture = await createFixture();
    const worker = await fixture.code('worker', PID);
    const app = fixture.synth((root) => jobsStack(root, { worker }));
    const program = `
      const { startLocal } = await import('${LIB}');
      const cloud = await startLocal({ app: ${JSON.stringify(app)} });
      const { payload } = await cloud.functions.invoke(cloud.resources.get('Jobs/Worker').logicalId, {});
      console.log(JSON.stringify({ sandbox: payload, env: cloud.env }));
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const { sandbox, env } = JSON.parse(line) as { sandbox: number; env: Record<string, string> };
    const answers = () =>
      fetch(env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '').then(
        () => true,
        () => false,
      );
    expect([alive(sandbox), await answers()]).toEqual([true, true]);
    parent.kill('SIGKILL');
    await vi.waitFor(async () => expect([alive(sandbox), await answers()]).toEqual([false, false]), {
      timeout: 10_000,
    });
  }, 60_000);
});
