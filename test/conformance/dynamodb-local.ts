import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as after } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { type Engine, localCredentials } from '../../lib/local/engines/index.ts';
import { freePort } from '../../lib/local/engines/port.ts';
import { EngineStartError } from '../../lib/local/errors.ts';
import { registerChild } from '../../lib/local/reaper.ts';
import { dynamoDbLocalFolder } from './dynamodb-local-package.ts';
import { ConformanceToolMissingError } from './errors.ts';

/** Another process may take the free port first; that it does so this often is no accident. */
const ATTEMPTS = 3;
/** A JVM starts within 2 s; a machine under load gets its time. */
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

/**
 * Starts Amazon's DynamoDB Local on a free port of 127.0.0.1, in memory, one database for all credentials. It ends with
 * this process, also by `kill -9`.
 *
 * @throws ConformanceToolMissingError without java or mvn, DynamoDbLocalFetchError, EngineStartError
 */
export async function startDynamoDbLocal(): Promise<Engine> {
  const folder = await dynamoDbLocalFolder();
  let last: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      return await startOnce(folder, await freePort());
    } catch (error) {
      if (error instanceof ConformanceToolMissingError) throw error;
      last = error;
    }
  }
  throw new EngineStartError({
    engine: 'DynamoDB Local',
    got: last instanceof Error ? last.message : String(last),
    fix: 'check that `java -version` says 17 or later',
    cause: last,
  });
}

async function startOnce(folder: string, port: number): Promise<Engine> {
  const child = spawn('java', javaArguments(folder, port), { stdio: ['ignore', 'pipe', 'pipe'] });
  const release = child.pid === undefined ? undefined : registerChild(child.pid);
  const ending = watch(child);
  void ending.done.then(() => release?.());
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ending.done;
  };
  try {
    await answering(endpoint, ending);
    return { endpoint, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function javaArguments(folder: string, port: number): string[] {
  return [
    // A short life: the first compiler tier alone starts faster.
    '-XX:TieredStopAtLevel=1',
    '-Xmx256m',
    `-Djava.library.path=${folder}`,
    '-classpath',
    `${folder}/*`,
    'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
    '-inMemory',
    '-sharedDb',
    // It reports its use to AWS unless told not to.
    '-disableTelemetry',
    '-port',
    String(port),
  ];
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

async function answering(endpoint: string, ending: Ending): Promise<void> {
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: localCredentials,
    maxAttempts: 1,
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  try {
    for (;;) {
      try {
        await client.send(new ListTablesCommand({}));
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
  } finally {
    client.destroy();
  }
}
