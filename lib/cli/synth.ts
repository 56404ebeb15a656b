import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppCommandMissingError, CdkConfigError, SynthError } from './errors.ts';

export interface SynthOptions {
  /** Where cdk.json stands. */
  readonly directory: string;
  /** The command that runs the CDK app. @default the `app` of cdk.json */
  readonly app?: string;
  /** CDK context, over that of cdk.json. */
  readonly context: Readonly<Record<string, string>>;
  /** Where the cloud assembly is written. */
  readonly outdir: string;
  /** Aborts to end the command. */
  readonly signal: AbortSignal;
}

/**
 * Synthesises a CDK app as the CDK's own CLI does: it runs the app's command with the place for the assembly and the
 * context in the environment. When the signal aborts it resolves without an assembly.
 *
 * @throws {AppCommandMissingError | CdkConfigError | SynthError}
 */
export async function synth({ directory, app, context, outdir, signal }: SynthOptions): Promise<void> {
  const config = await readConfig(directory);
  const command = app ?? config.app;
  if (command === undefined) throw new AppCommandMissingError({ directory });
  const env = {
    ...process.env,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify({ ...config.context, ...context }),
  };
  // A group of its own: Ctrl-C reaches it by the signal alone, and then whatever the command has started as well.
  const detached = process.platform !== 'win32';
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  const child = spawn(command, { cwd: directory, env, shell: true, detached, stdio: [...stdio] });
  const end = () => {
    const running = child.exitCode === null && child.signalCode === null;
    if (running && child.pid !== undefined) process.kill(detached ? -child.pid : child.pid, 'SIGTERM');
  };
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (signal.aborted) end();
  signal.addEventListener('abort', end);
  const code = await ended.finally(() => signal.removeEventListener('abort', end));
  if (code !== 0 && !signal.aborted) throw new SynthError({ command, code, output });
}

interface CdkConfig {
  readonly app?: string;
  readonly context?: Readonly<Record<string, unknown>>;
}

async function readConfig(directory: string): Promise<CdkConfig> {
  const path = join(directory, 'cdk.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return JSON.parse(text) as CdkConfig;
  } catch (cause) {
    throw new CdkConfigError({ path, cause });
  }
}
