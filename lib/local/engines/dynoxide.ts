import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EngineStartError } from '../errors.ts';
import { registerChild } from '../reaper.ts';
import { localCredentials } from './credentials.ts';
import { databaseDirectory, indexStreamRecords } from './dynoxide-database.ts';
import { dynoxideBinary } from './dynoxide-package.ts';
import type { Engine } from './engine.ts';
import { freePort } from './port.ts';

/** Another process may take the free port first; that it does so this often is no accident. */
const ATTEMPTS = 5;
/** The engine listens within 50 ms; a machine under load gets its time. */
const START_TIMEOUT_MS = 20_000;

export interface DynoxideOptions {
  /** @default - a port of 127.0.0.1 that is free just now */
  readonly findPort?: () => Promise<number>;
}

/**
 * Starts the DynamoDB engine on a free port of 127.0.0.1. Its tables are gone when it ends.
 *
 * @throws EngineMissingError, EngineStartError
 */
export async function startDynoxide(options: DynoxideOptions = {}): Promise<Engine> {
  const { findPort = freePort } = options;
  const binary = dynoxideBinary();
  let last: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      return await startOnce(binary, await findPort());
    } catch (error) {
      last = error;
      if (!(error instanceof PortTakenError)) break;
    }
  }
  throw new EngineStartError({
    engine: 'dynoxide',
    got: last instanceof Error ? last.message : String(last),
    fix: `run \`${binary} serve\` to see what it says, or use another DynamoDB by \`dynamodbEndpoint\``,
    cause: last,
  });
}

/** Somebody else got the port between our look at it and our start: worth another try. */
class PortTakenError extends Error {}

async function startOnce(binary: string, port: number): Promise<Engine> {
  // Born with a table that only we know of: whoever shows it on the port is our child, not some other DynamoDB.
  const marker = `millrace-identity-${randomUUID()}`;
  const directory = await databaseDirectory();
  const schema = join(directory, 'schema.json');
  const database = join(directory, 'tables.db');
  await writeFile(schema, JSON.stringify([{ Table: markerTable(marker) }]));
  const where = ['--host', '127.0.0.1', '--port', String(port), '--db-path', database];
  const child = spawn(binary, ['serve', ...where, '--schema', schema], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C in the terminal must not take the tables away from functions that are still ending.
    detached: process.platform !== 'win32',
  });
  const release = child.pid === undefined ? undefined : registerChild(child.pid);
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => resolve()).once('error', () => resolve()),
  );
  void ended.then(() => release?.());
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    // Read and open by then, or never: the files live on without their names, so a run that is killed leaves none.
    await listening(child)
      .then(() => indexStreamRecords(database))
      .finally(() => rm(directory, { recursive: true, force: true }));
    const endpoint = `http://127.0.0.1:${port}`;
    await identify(endpoint, marker);
    return { endpoint, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for the line that says so; what it printed instead is the error. */
async function listening(child: ChildProcess): Promise<void> {
  const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
  let printed = '';
  const collect = (chunk: Buffer): void => {
    printed += chunk.toString();
    if (printed.includes('listening on')) child.emit('listening');
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const up = once(child, 'listening', { signal: timeout }).then(() => true);
  const down = once(child, 'exit', { signal: timeout }).then(() => false);
  // The loser of the race is settled by the timeout later on.
  up.catch(() => undefined);
  down.catch(() => undefined);
  if (await Promise.race([up, down])) return;
  const Kind = printed.includes('already in use') ? PortTakenError : Error;
  throw new Kind(`it ended: ${printed.trim()}`);
}

async function identify(endpoint: string, marker: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: localCredentials });
  try {
    const { TableNames: names = [] } = await client.send(new ListTablesCommand({}));
    if (!names.includes(marker)) throw new PortTakenError(`another DynamoDB answers at ${endpoint}`);
    await client.send(new DeleteTableCommand({ TableName: marker }));
  } finally {
    client.destroy();
  }
}

function markerTable(name: string): object {
  return {
    TableName: name,
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  };
}
