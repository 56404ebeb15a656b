import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { startDynoxide, startFauxqs } from '../../../../lib/local/engines/index.ts';
import { freePort } from '../../../../lib/local/engines/port.ts';

const LIB = pathToFileURL(join(import.meta.dirname, '../../../../lib/local')).href;

async function answers(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    () => true,
    () => false,
  );
}

describe('engines', () => {
  it('answer on ports of their own and free them at the end', async () => {
    const engines = await Promise.all([
      startDynoxide(),
      startDynoxide(),
      startFauxqs({ region: 'eu-west-1' }),
    ]);
    const endpoints = engines.map(({ endpoint }) => endpoint);
    expect(new Set(endpoints).size).toBe(3);
    expect(await Promise.all(endpoints.map(answers))).toEqual([true, true, true]);
    await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()));
    expect(await Promise.all(endpoints.map(answers))).toEqual([false, false, false]);
  }, 30_000);

  it('take another port when somebody else has taken theirs', async () => {
    await using other = await startDynoxide();
    const taken = Number(new URL(other.endpoint).port);
    const ports = [taken, taken, await freePort()];
    const findPort = async () => ports.shift() ?? 0;
    await using engine = await startDynoxide({ findPort });
    expect(engine.endpoint).not.toBe(other.endpoint);
    expect(ports).toEqual([]);
  }, 30_000);

  it('end with their parent, even by SIGKILL', async () => {
    const program = `
      const { startDynoxide, startFauxqs } = await import('${LIB}/engines/index.ts');
      const engines = [await startDynoxide(), await startFauxqs({ region: 'eu-west-1' })];
      for (const { endpoint } of engines) console.log(endpoint);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const endpoints: string[] = [];
    for await (const line of createInterface({ input: parent.stdout })) {
      endpoints.push(line);
      if (endpoints.length === 2) break;
    }
    expect(await Promise.all(endpoints.map(answers))).toEqual([true, true]);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await vi.waitFor(async () => expect(await Promise.all(endpoints.map(answers))).toEqual([false, false]), {
      timeout: 10_000,
    });
  }, 30_000);

  it('tell a client of a service that they are not that it is not emulated', async () => {
    await using engine = await startFauxqs({ region: 'eu-west-1' });
    const response = await fetch(`${engine.endpoint}/schedules/nightly`, {
      method: 'POST',
      headers: {
        authorization:
          'AWS4-HMAC-SHA256 Credential=millrace/20260101/eu-west-1/scheduler/aws4_request, Signature=0',
      },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'NotEmulatedLocally' });
  });
});
