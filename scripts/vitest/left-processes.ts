import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks since the machine started. */
  readonly startedAt: number;
  readonly command: string;
}

const ROOT = resolve(import.meta.dirname, '../..');
/** How long what a test has stopped may take to go, in milliseconds: the reaper ends with the process that it serves. */
const GRACE = 5_000;
const POLL = 100;

/** Fails the run when an engine, a sandbox or a reaper outlives the tests. Linux only: elsewhere there is no /proc. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.platform !== 'linux') return undefined;
  const self = (await processes()).find(({ pid }) => pid === process.pid);
  if (self === undefined) return undefined;
  return async () => {
    let left = await leftBy(self);
    for (let waited = 0; left.length > 0 && waited < GRACE; waited += POLL) {
      await delay(POLL);
      left = await leftBy(self);
    }
    if (left.length === 0) return;
    const lines = left.map(({ pid, command }) => `  ${pid} ${command}`);
    throw new Error(`Processes outlived the tests that started them:\n${lines.join('\n')}`);
  };
}

/** Ours by their command line, started since, and with no living parent but this run: others may run beside it. */
async function leftBy(run: Process): Promise<Process[]> {
  const all = await processes();
  const parentOf = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const orphaned = (pid: number): boolean => {
    const parent = parentOf.get(pid);
    return parent === undefined || parent <= 1 || parent === run.pid || orphanedBy(parent);
  };
  const orphanedBy = (pid: number): boolean => ourCommand(all, pid) && orphaned(pid);
  return all.filter(
    (one) =>
      one.startedAt >= run.startedAt && one.pid !== run.pid && ourCommand(all, one.pid) && orphaned(one.pid),
  );
}

function ourCommand(all: readonly Process[], pid: number): boolean {
  const command = all.find((one) => one.pid === pid)?.command ?? '';
  return command.includes(`${ROOT}/lib/local/`) || command.includes(`${ROOT}/node_modules/@dynoxide/`);
}

async function processes(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return (await Promise.all(pids.map(readProcess))).filter((one) => one !== undefined);
}

async function readProcess(pid: string): Promise<Process | undefined> {
  try {
    const [stat, cmdline] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // proc(5): the name, in parentheses, may hold spaces; the fields after it start with the third, the state.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      pid: Number(pid),
      parent: Number(fields[1]),
      startedAt: Number(fields[19]),
      command: cmdline.replaceAll('\0', ' ').trim(),
    };
  } catch {
    // It ended between the listing and the reading.
    return undefined;
  }
}
