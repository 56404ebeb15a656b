import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, vi } from 'vitest';

const MILLRACE = join(import.meta.dirname, '../../bin/millrace.ts');

/** `millrace` with some arguments, as a shell would start it. */
export class MillraceProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #printed = '';

  constructor(
    args: readonly string[],
    { directory, scratch, env }: { directory: string; scratch: string; env?: Record<string, string> },
  ) {
    const PATH = `${dirname(process.execPath)}:${process.env['PATH']}`;
    this.#child = spawn(process.execPath, [MILLRACE, ...args], {
      cwd: directory,
      env: { ...process.env, PATH, TMPDIR: scratch, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, as a shell with job control makes one: Ctrl-C is sent to all of it.
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#printed += chunk.toString();
      });
    }
    this.#exited = once(this.#child, 'close');
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Everything so far, both streams. */
  get printed(): string {
    return this.#printed;
  }

  async prints(text: string | RegExp, timeout = 60_000): Promise<void> {
    await vi.waitFor(() => expect(this.#printed).toMatch(text), { timeout, interval: 50 });
  }

  /** What Ctrl-C does: a signal to each process of the group. */
  interrupt(): void {
    process.kill(-this.pid, 'SIGINT');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async exitCode(): Promise<number | null> {
    await this.#exited;
    return this.#child.exitCode;
  }

  /** The variables that it printed for the user's own app. */
  environment(): Record<string, string> {
    const lines = this.#printed.matchAll(/^export (\w+)=(.*)$/gm);
    return Object.fromEntries(
      [...lines].map(([, name = '', value = '']) => [name, value.replaceAll("'", '')]),
    );
  }

  /** Every process that descends from it, by what the system says now. */
  descendants(): number[] {
    const parents = parentsOfAll();
    const found: number[] = [];
    for (const of = [this.pid]; of.length > 0; ) {
      const parent = of.shift();
      const children = [...parents].flatMap(([pid, ppid]) => (ppid === parent ? pid : []));
      found.push(...children);
      of.push(...children);
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#exited;
  }
}

export function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether something listens at each endpoint. */
export async function listening(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    () => true,
    () => false,
  );
}

function parentsOfAll(): Map<number, number> {
  // A slim image of Linux may lack `ps`; every other system lacks /proc.
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]));
  }
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended between the listing and the look.
    }
  }
  return parents;
}
