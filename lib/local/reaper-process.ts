import { createInterface } from 'node:readline';

// The reaper: a process of its own that outlives a `kill -9` of its parent. The parent holds the other end of stdin and
// writes `+pid` for each child and `-pid` once that child has ended; end of input means that the parent is gone.
const children = new Set<number>();

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1));
    if (!Number.isInteger(pid) || pid <= 1) return;
    if (line.startsWith('+')) children.add(pid);
    else children.delete(pid);
  })
  .on('close', () => {
    for (const pid of children) {
      // The group first: a child that leads one may have children of its own.
      for (const target of [-pid, pid]) kill(target);
    }
  });

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch (error) {
    // ESRCH: it ended by itself, or leads no group.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
