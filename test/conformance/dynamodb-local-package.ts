import { type SpawnOptions, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConformanceToolMissingError, DynamoDbLocalFetchError } from './errors.ts';

const POM = fileURLToPath(new URL('./dynamodb-local.pom.xml', import.meta.url));
const CACHE = fileURLToPath(new URL('../../.cache/dynamodb-local', import.meta.url));

/**
 * The folder with DynamoDB Local's jars and native libraries; fetched from Maven Central when the cache does not hold
 * the pinned version.
 *
 * @throws ConformanceToolMissingError, DynamoDbLocalFetchError
 */
export async function dynamoDbLocalFolder(): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(POM))
    .digest('hex');
  const folder = join(CACHE, digest.slice(0, 16));
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  // Fetched aside and moved as a whole: what stands under the final name is complete, whoever fetched it.
  const aside = await mkdtemp(join(CACHE, 'fetching-'));
  try {
    await fetchInto(aside);
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    // Another run finished first.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

async function fetchInto(folder: string): Promise<void> {
  const args = ['--batch-mode', '--quiet', '--strict-checksums', '--file', POM];
  args.push('dependency:copy-dependencies', `-DoutputDirectory=${folder}`);
  const tool = { tool: 'mvn', expected: 'Apache Maven 3.8 or later' };
  const { status, printed } = await run(tool, args, { cwd: folder });
  if (status === 0) return;
  throw new DynamoDbLocalFetchError({ printed: printed.slice(-2000), command: ['mvn', ...args].join(' ') });
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
