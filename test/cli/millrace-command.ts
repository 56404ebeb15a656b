import { execFile } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const MILLRACE = join(ROOT, 'bin/millrace.ts');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The one JSON document that `--json` asks for. */
  json<T>(): T;
}

/** Runs `millrace` to its end, as a shell would, with these variables and none of the tests' own of AWS or Millrace. */
export function millrace(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS|MILLRACE)_/.test(name));
  const options = { cwd: ROOT, env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [MILLRACE, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? -1);
      resolve({ code, stdout, stderr, json: <T>() => JSON.parse(stdout) as T });
    });
  });
}
