import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { watch } from 'chokidar';
import pc from 'picocolors';
import { MillraceError } from '../contract/index.ts';
import { type LocalCloud, startLocal } from '../local/index.ts';
import { liveLine } from './live-log.ts';
import { synth } from './synth.ts';

export interface DevOptions {
  readonly directory: string;
  readonly app?: string;
  readonly context: Readonly<Record<string, string>>;
  readonly dynamodbEndpoint?: string;
  readonly stacks?: readonly string[];
  /** Log lines as the functions wrote them. */
  readonly raw: boolean;
  readonly print: (line: string) => void;
  /** Aborts to stop: Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a change has to rest for before it is taken over, in milliseconds: editors write a file in several steps. */
const SETTLE = 150;
/** Never sources of a handler, and large. */
const IGNORED = /(^|[\\/])(node_modules|\.git|cdk\.out|dist|coverage|\.cache)([\\/]|$)/;

/** Runs an app's stacks in the foreground until the signal aborts; takes over what changes in its sources. */
export async function dev(options: DevOptions): Promise<void> {
  const { directory, print, signal } = options;
  const work = await mkdtemp(join(tmpdir(), 'millrace-dev-'));
  try {
    const started = Date.now();
    print(pc.dim('Synthesising the app …'));
    const assembly = join(work, 'assembly-0');
    await synth({ ...options, outdir: assembly });
    if (signal.aborted) return;
    await using cloud = await startLocal({
      app: assembly,
      dynamodbEndpoint: options.dynamodbEndpoint,
      stacks: options.stacks,
      onEvent: (event) => {
        const line = options.raw ? (event.type === 'log' ? event.line : undefined) : liveLine(event);
        if (line !== undefined) print(line);
      },
    });
    welcome(cloud, { print, took: Date.now() - started });
    await using _watching = await watchSources(directory, (paths) =>
      takeOver(options, { cloud, work, paths }),
    );
    await aborted(signal);
    print(pc.dim('Stopping …'));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function welcome(cloud: LocalCloud, { print, took }: { print: (line: string) => void; took: number }): void {
  print(
    `${pc.green('Millrace runs locally')} ${pc.dim(`(${(took / 1000).toFixed(1)} s)`)}. Ctrl-C stops it.`,
  );
  print('');
  print(pc.bold('Environment for your own app:'));
  for (const [name, value] of Object.entries(cloud.env)) print(`export ${name}=${quoted(value)}`);
  if (cloud.notEmulated.length > 0) {
    print('');
    print(pc.bold('In the template, but not emulated here:'));
    for (const line of cloud.notEmulated) print(`- ${line}`);
  }
  print('');
}

async function takeOver(
  options: DevOptions,
  { cloud, work, paths }: { cloud: LocalCloud; work: string; paths: readonly string[] },
): Promise<void> {
  const { directory, print } = options;
  const outdir = await mkdtemp(join(work, 'assembly-'));
  try {
    print(pc.dim(`Changed: ${paths.map((path) => relative(directory, path)).join(', ')}`));
    await synth({ ...options, outdir });
    const changed = await cloud.replaceCode(outdir);
    print(changed.length > 0 ? pc.green(`New code: ${changed.join(', ')}`) : pc.dim('No function changed.'));
  } catch (error) {
    // A source that does not build, or a change of the template: the old code goes on, and the person is told.
    if (!(error instanceof MillraceError)) throw error;
    print(pc.red(error.message));
  }
}

/** Calls `then` with what changed, one call at a time. */
async function watchSources(
  directory: string,
  then: (paths: readonly string[]) => Promise<void>,
): Promise<AsyncDisposable> {
  const watcher = watch(directory, { ignored: IGNORED, ignoreInitial: true });
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let busy: Promise<void> = Promise.resolve();
  watcher.on('all', (_event, path) => {
    if (!/\.(ts|tsx|mts|cts|js|mjs|cjs|json)$/.test(path)) return;
    changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const paths = [...changed];
      changed = new Set();
      busy = busy.then(() => then(paths));
    }, SETTLE);
  });
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  return {
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      await watcher.close();
      await busy;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Quoted for a POSIX shell, where it has to be. */
function quoted(value: string): string {
  return /^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
