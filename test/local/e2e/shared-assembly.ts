import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject, vi } from 'vitest';

/** A synthesis takes seconds; of a busy machine it takes more. */
const PATIENCE = { timeout: 60_000, interval: 100 };

/**
 * The directory of the assembly that most files run: synthesised by whichever comes first, so that it is bundled once a run.
 * Nobody writes to it.
 */
export async function sharedAssembly(synth: (outdir: string) => Promise<unknown>): Promise<string> {
  const ready = join(inject('sharedDirectory'), 'fixture');
  const lock = `${ready}.lock`;
  if (!(await taken(lock))) {
    await vi.waitUntil(() => existsSync(ready) || !existsSync(lock), PATIENCE);
    // Who had the lock and gave it back has failed, and says why itself.
    return existsSync(ready) ? ready : sharedAssembly(synth);
  }
  try {
    await synth(`${ready}.making`);
    await rename(`${ready}.making`, ready);
    return ready;
  } catch (error) {
    await rm(`${ready}.making`, { recursive: true, force: true });
    await rm(lock, { recursive: true });
    throw error;
  }
}

async function taken(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
