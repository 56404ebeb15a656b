import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

// The reaper: a process of its own that outlives a `kill -9` of its parent. The parent holds the other end of stdin and
// writes `+pid` for each child and `-pid` once that child has ended; end of input means that the parent is gone.
const children = new Map<number, string | undefined>();

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1));
    if (!Number.isInteger(pid) || pid <= 1) return;
    if (line.startsWith('+')) children.set(pid, startTime(pid));
    else children.delete(pid);
  })
  .on('close', () => {
    for (const [pid, started] of children) {
      // Another start time is another process: the child ended unnoticed and its pid was given away.
      if (startTime(pid) !== started) continue;
      // The group first: a child that leads one may have children of its own.
      for (const target of [-pid, pid]) kill(target);
    }
  });

/** When a process started, in the kernel's ticks; undefined where the system does not tell (only Linux does). */
function startTime(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold spaces; starttime is the 22nd.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    // No such process (any more).
    return 'ended';
  }
}

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch (error) {
    // ESRCH: it ended by itself, or leads no group.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
