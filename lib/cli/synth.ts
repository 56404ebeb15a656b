import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppCommandMissingError, SynthError } from './errors.ts';

export interface SynthOptions {
  /** Where cdk.json stands. */
  readonly directory: string;
  /** The command that runs the CDK app. @default the `app` of cdk.json */
  readonly app?: string;
  /** CDK context, over that of cdk.json. */
  readonly context: Readonly<Record<string, string>>;
  /** Where the cloud assembly is written. */
  readonly outdir: string;
}

/**
 * Synthesises a CDK app as the CDK's own CLI does: it runs the app's command with the place for the assembly and the
 * context in the environment.
 *
 * @throws {AppCommandMissingError | SynthError}
 */
export async function synth({ directory, app, context, outdir }: SynthOptions): Promise<void> {
  const config = await readConfig(directory);
  const command = app ?? config.app;
  if (command === undefined) throw new AppCommandMissingError({ directory });
  const env = {
    ...process.env,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify({ ...config.context, ...context }),
  };
  const child = spawn(command, { cwd: directory, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== 0) throw new SynthError({ command, code, output });
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
  return JSON.parse(text) as CdkConfig;
}
