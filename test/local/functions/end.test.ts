import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FunctionFixture } from './function-fixture.ts';
import { QueueFixture } from './queue-fixture.ts';

const PROGRAM = fileURLToPath(new URL('host-program.ts', import.meta.url));
const HANDLER = `console.log(process.pid);
  export const handler = async (event) => { while (event.block); }`;

/** A pid is in use, if only by a process that nobody has waited for. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Starts the program, and resolves when it has printed the line, with the pid of its sandbox. */
async function program(orders: object, line: string): Promise<{ child: ChildProcess; sandbox: number }> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(orders)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let sandbox = 0;
  if (child.stdout !== null) {
    for await (const printed of createInterface({ input: child.stdout })) {
      if (/^\d+$/.test(printed)) sandbox = Number(printed);
      if (printed === line || (line === 'pid' && sandbox > 0)) break;
    }
  }
  return { child, sandbox };
}

describe('a host that is disposed', () => {
  it('waits for what runs, and what that settles', async () => {
    const fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(
      'export const handler = () => new Promise((done) => { console.log("begun"); setTimeout(done, 300) })',
    );
    await fixture.send(queue.url, 'a');
    fixture.source(name, queue);
    await fixture.host.start();
    await fixture.functions.until(() => fixture.functions.lines.length === 1);
    await fixture.host[Symbol.asyncDispose]();
    expect(fixture.functions.of('invoke-end')).toMatchObject([{ outcome: 'succeeded' }]);
    expect(fixture.depth(queue.name)).toEqual({ ready: 0, inFlight: 0 });
    await fixture[Symbol.asyncDispose]();
  });

  it('kills what does not end, with what it has started, and takes no more', async () => {
    const fixture = await FunctionFixture.start();
    const name = await fixture.add(`import { spawn } from 'node:child_process';
      export const handler = async () => { console.log(spawn('sleep', ['60']).pid); for (;;); }`);
    const held = fixture.host.invoke(name, {});
    await fixture.until(() => fixture.lines.length === 1);
    const pids = [...fixture.pids, Number(fixture.lines[0])];
    expect(pids.map(exists)).toEqual([true, true]);
    await fixture[Symbol.asyncDispose]();
    expect(await held).toMatchObject({ outcome: 'crash', error: { errorType: 'Runtime.ExitError' } });
    expect(fixture.pids.size).toBe(0);
    await fixture.until(() => !pids.some(exists));
    expect(await fixture.host.invoke(name, {})).toMatchObject({ outcome: 'throttled' });
  });

  it('lets its process end', async () => {
    await using fixture = await FunctionFixture.start();
    const codeDir = await fixture.code(HANDLER);
    const { child, sandbox } = await program({ codeDir, event: {}, next: 'dispose' }, 'pid');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    await fixture.until(() => !exists(sandbox));
  });
});

describe('a host that is killed by kill -9 leaves no sandbox behind', () => {
  it.each([
    ['that is idle', { event: {}, reaper: false, freeze: false }, 'idle'],
    ['that is frozen', { event: {}, reaper: true, freeze: true }, 'idle'],
    ['whose handler blocks', { event: { block: true }, reaper: true, freeze: false }, 'pid'],
  ])('%s', async (_, orders, line) => {
    await using fixture = await FunctionFixture.start();
    const codeDir = await fixture.code(HANDLER);
    const { child, sandbox } = await program({ codeDir, next: 'stay', ...orders }, line);
    expect(exists(sandbox)).toBe(true);
    child.kill('SIGKILL');
    await fixture.until(() => !exists(sandbox));
  });
});
