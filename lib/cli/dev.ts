import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import pc from 'picocolors';
import { MillraceError } from '../contract/index.ts';
import { type LocalCloud, startLocal } from '../local/index.ts';
import { explain } from './explain.ts';
import { LiveLog } from './live-log.ts';
import { synth } from './synth.ts';
import { readable } from './text.ts';
import { watchSources } from './watch-sources.ts';

export interface DevOptions {
  readonly directory: string;
  readonly app?: string;
  readonly context: Readonly<Record<string, string>>;
  readonly dynamodbEndpoint?: string;
  readonly stacks?: readonly string[];
  /** Log lines as the functions wrote them. */
  readonly raw: boolean;
  readonly print: (line: string) => void;
  /** Characters of a line of the terminal; undefined: lines are not broken. */
  readonly columns: number | undefined;
  /** Aborts to stop: Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Runs an app's stacks in the foreground until the signal aborts; takes over what changes in its sources.
 *
 * @throws {AppCommandMissingError | CdkConfigError | SynthError} and whatever `startLocal` throws; nothing is left running then
 */
export async function dev(options: DevOptions): Promise<void> {
  const { directory, print, columns, signal, raw } = options;
  const work = await mkdtemp(join(tmpdir(), 'millrace-dev-'));
  try {
    const started = Date.now();
    print(pc.dim('Synthesising the app …'));
    const assembly = join(work, 'assembly-0');
    await synth({ ...options, outdir: assembly });
    if (signal.aborted) return;
    const names = new Map<string, string>();
    const log = new LiveLog({ columns, nameOf: (name) => names.get(name) ?? name });
    await using cloud = await startLocal({
      app: assembly,
      dynamodbEndpoint: options.dynamodbEndpoint,
      stacks: options.stacks,
      onEvent: (event) => {
        const rawLine = event.type === 'log' ? event.line : undefined;
        const line = raw ? rawLine : log.line(event);
        if (line !== undefined) print(line);
      },
    });
    for (const { physicalName, path } of cloud.resources.all)
      names.set(physicalName, shortPath(path) ?? physicalName);
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

/** A construct's path without the L1 construct at its end: `Jobs/Millrace/Pool-default/Worker`. */
function shortPath(path: string | undefined): string | undefined {
  return path?.replace(/\/Resource$/, '');
}

function welcome(cloud: LocalCloud, { print, took }: { print: (line: string) => void; took: number }): void {
  const functions = cloud.functions.all.length;
  const facts = pc.dim(`${functions} functions, started in ${readable(took)}`);
  print(`${pc.green('Millrace runs on this machine')} ${facts}`);
  if (cloud.notEmulated.length > 0) {
    print('');
    print(pc.bold('In the template, but not emulated here:'));
    // Where it stands in the template is a list of ids that is longer than what it says.
    for (const line of cloud.notEmulated) print(pc.dim(`- ${line.replace(/ \([^()]*\)$/, '')}`));
  }
  print('');
  print(pc.bold('Environment for your own app:'));
  for (const [name, value] of Object.entries(cloud.env)) print(`export ${name}=${quoted(value)}`);
  print('');
  print(pc.dim('Jobs show here as they run, and changed sources are taken over. Ctrl-C stops it all.'));
}

async function takeOver(
  options: DevOptions,
  { cloud, work, paths }: { cloud: LocalCloud; work: string; paths: readonly string[] },
): Promise<void> {
  const { directory, print, signal } = options;
  const outdir = await mkdtemp(join(work, 'assembly-'));
  try {
    print(pc.dim(`Changed: ${paths.map((path) => relative(directory, path)).join(', ')}. Synthesising …`));
    await synth({ ...options, outdir });
    if (signal.aborted) return;
    const changed = await cloud.replaceCode(outdir);
    const names = changed.map((id) => {
      const resource = cloud.resources.all.find(({ logicalId }) => logicalId === id);
      return shortPath(resource?.path) ?? id;
    });
    print(names.length > 0 ? pc.green(`New code: ${names.join(', ')}`) : pc.dim('No function changed.'));
  } catch (error) {
    // A source that does not build, or a change of the template: the old code goes on, and the person is told.
    if (!(error instanceof MillraceError)) throw error;
    print(explain(error));
    print(pc.yellow('The code from before goes on running.'));
  }
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
