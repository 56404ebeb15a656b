import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { siblingModule } from './sibling.ts';

let reaper: ChildProcess | undefined;

/**
 * Makes sure that the child process `pid` does not outlive this one, however this one ends (`kill -9` included): a
 * detached process, started on first use, sends SIGKILL to it and to the process group that it leads.
 *
 * @returns call it once the child has ended, since the system may give its pid to another process.
 */
export function registerChild(pid: number): () => void {
  tell(`+${pid}`);
  return () => tell(`-${pid}`);
}

function tell(line: string): void {
  reaper ??= start();
  reaper.stdin?.write(`${line}\n`);
}

function start(): ChildProcess {
  // Detached: a session of its own, so that Ctrl-C in the terminal does not take it away first.
  const child = spawn(process.execPath, [fileURLToPath(siblingModule('reaper-process', import.meta.url))], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  child.once('exit', () => {
    if (reaper === child) reaper = undefined;
  });
  // Its end is ours anyway; a write to a reaper that somebody killed must not end this process.
  child.stdin?.on('error', () => undefined);
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}
