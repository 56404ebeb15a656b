import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as after } from 'node:timers/promises';
import type { Engine } from '../../lib/local/engines/index.ts';
import { freePort } from '../../lib/local/engines/port.ts';
import { EngineStartError } from '../../lib/local/errors.ts';
import { registerChild } from '../../lib/local/reaper.ts';
import { ConformanceToolMissingError } from './errors.ts';

/** Another process may take the free port first; that it does so this often is no accident. */
const ATTEMPTS = 3;
/** A JVM starts within a few seconds; a machine under load gets its time. */
const START_TIMEOUT_MS = 120_000;
const POLL_MS = 100;

export interface JavaEngine {
  readonly name: string;
  /** Of the JVM, the class and the program, for a port. */
  readonly arguments: (port: number) => readonly string[];
  /** Rejects for as long as the engine does not answer. */
  readonly ask: (endpoint: string) => Promise<unknown>;
}

/**
 * Starts an engine on a free port of 127.0.0.1. It ends with this process, also by `kill -9`.
 *
 * @throws ConformanceToolMissingError without java, EngineStartError
 */
export async function startJavaEngine(engine: JavaEngine): Promise<Engine> {
  let last: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      return await startOnce(engine, await freePort());
    } catch (error) {
      if (error instanceof ConformanceToolMissingError) throw error;
      last = error;
    }
  }
  throw new EngineStartError({
    engine: engine.name,
    got: last instanceof Error ? last.message : String(last),
    fix: 'check that `java -version` says 17 or later',
    cause: last,
  });
}

async function startOnce(engine: JavaEngine, port: number): Promise<Engine> {
  // A short life: the first compiler tier alone starts faster.
  const args = ['-XX:TieredStopAtLevel=1', '-Xmx256m', ...engine.arguments(port)];
  const child = spawn('java', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const release = child.pid === undefined ? undefined : registerChild(child.pid);
  const ending = watch(child);
  void ending.done.then(() => release?.());
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ending.done;
  };
  try {
    await answering(() => engine.ask(endpoint), ending);
    return { endpoint, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ending {
  /** Set once the process is gone, or never came to be. */
  error?: Error;
  readonly done: Promise<void>;
}

function watch(child: ChildProcess): Ending {
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-2000);
    });
  }
  const ending: Ending = {
    done: new Promise((resolve) => {
      child.once('close', () => {
        ending.error ??= new Error(`it ended: ${printed.trim()}`);
        resolve();
      });
      child.once('error', (cause) => {
        ending.error = new ConformanceToolMissingError({ tool: 'java', expected: 'Java 17 or later', cause });
        resolve();
      });
    }),
  };
  return ending;
}

async function answering(ask: () => Promise<unknown>, ending: Ending): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      await ask();
    } catch (error) {
      if (ending.error) throw ending.error;
      if (Date.now() > deadline) throw error;
      await after(POLL_MS);
      continue;
    }
    // What answers may be another process that took the port; ours has ended then.
    if (ending.error) throw ending.error;
    return;
  }
}
