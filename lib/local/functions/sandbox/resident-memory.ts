import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The resident memory of a process in MiB, or undefined when it cannot be read (it has just ended, mostly). */
export async function residentMemoryMb(pid: number): Promise<number | undefined> {
  try {
    const kib =
      process.platform === 'linux'
        ? /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'latin1'))?.[1]
        : (await run('ps', ['-o', 'rss=', '-p', String(pid)])).stdout.trim();
    return kib ? Number(kib) / 1024 : undefined;
  } catch {
    // No such process: its end is reported by its exit, not from here.
    return undefined;
  }
}
