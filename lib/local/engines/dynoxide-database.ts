import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Memory that Linux lends as files. Containers get 64 MB of it by default, which a long run would fill. */
const MEMORY_FILES = '/dev/shm';
const ENOUGH_BYTES = 1024 ** 3;
const PREFIX = 'millrace-dynoxide-';

/** Makes a directory for the engine's database: in memory where there is enough of it, as an fsync costs nothing there. */
export async function databaseDirectory(): Promise<string> {
  return mkdtemp(join((await hasMemoryFiles()) ? MEMORY_FILES : tmpdir(), PREFIX));
}

/**
 * Gives the engine's stream records the index that it lacks. Without it every write to a table with a stream, and every
 * read of the stream, looks through all records so far: at 17,000 of them a write takes 10 ms, with it 1.
 */
export async function indexStreamRecords(path: string): Promise<void> {
  // Loaded here: older versions of Node do not have it, and can still do all that starts no engine.
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 5000');
    const table = database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_stream_records'").get();
    // Another layout is a slower engine, not a broken one.
    if (table === undefined) return;
    database.exec(
      'CREATE INDEX IF NOT EXISTS millrace_stream ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
    );
  } finally {
    database.close();
  }
}

async function hasMemoryFiles(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  try {
    const { bavail, bsize } = await statfs(MEMORY_FILES);
    return bavail * bsize >= ENOUGH_BYTES;
  } catch {
    // Not mounted here.
    return false;
  }
}
