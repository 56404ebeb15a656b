import { type SpawnOptions, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConformanceToolMissingError, MavenFetchError } from './errors.ts';

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));

/**
 * The folder with a package's jars and native libraries; fetched from Maven Central when the cache does not hold the
 * version that `<name>.pom.xml` beside this file pins.
 *
 * @throws ConformanceToolMissingError, MavenFetchError
 */
export async function mavenPackage(name: string): Promise<string> {
  const pom = fileURLToPath(new URL(`./${name}.pom.xml`, import.meta.url));
  const digest = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex');
  const cache = join(CACHE, name);
  const folder = join(cache, digest.slice(0, 16));
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  // Fetched aside and moved as a whole: what stands under the final name is complete, whoever fetched it.
  const aside = await mkdtemp(join(cache, 'fetching-'));
  try {
    await fetchInto(aside, { name, pom });
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    // Another run finished first.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

async function fetchInto(folder: string, { name, pom }: { name: string; pom: string }): Promise<void> {
  const args = ['--batch-mode', '--quiet', '--strict-checksums', '--file', pom];
  args.push('dependency:copy-dependencies', `-DoutputDirectory=${folder}`);
  const tool = { tool: 'mvn', expected: 'Apache Maven 3.8 or later' };
  const { status, printed } = await run(tool, args, { cwd: folder });
  if (status === 0) return;
  const command = ['mvn', ...args].join(' ');
  throw new MavenFetchError({ name, printed: printed.slice(-2000), command });
}

async function run(
  { tool, expected }: { tool: string; expected: string },
  args: readonly string[],
  options: SpawnOptions,
): Promise<{ status: number | null; printed: string }> {
  const child = spawn(tool, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, printed: printed.trim() };
  } catch (cause) {
    throw new ConformanceToolMissingError({ tool, expected, cause });
  }
}
