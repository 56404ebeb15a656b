import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A directory of this run's own, for what is dear to make and the same for many files. */
    readonly sharedDirectory: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-tests-'));
  project.provide('sharedDirectory', directory);
  return () => rm(directory, { recursive: true, force: true });
}
