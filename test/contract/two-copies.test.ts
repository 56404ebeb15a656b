import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Contract from '../../lib/contract/index.ts';

type Copy = typeof Contract;

/** As in production: a minified Lambda bundle beside the application's own copy. */
async function bundle(directory: string, name: string): Promise<Copy> {
  const outfile = join(directory, `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL('../../lib/contract/index.ts', import.meta.url))],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    outfile,
  });
  return import(pathToFileURL(outfile).href);
}

describe('errors of two copies of the library', () => {
  let directory: string;
  let one: Copy;
  let other: Copy;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-two-copies-'));
    [one, other] = await Promise.all([bundle(directory, 'one'), bundle(directory, 'other')]);
  });
  afterAll(() => rm(directory, { recursive: true }));

  const options = { option: 'delay', got: '-1', expected: 'more' };

  it('are of different classes', () => {
    expect(one.MillraceError).not.toBe(other.MillraceError);
    const error = new one.InvalidOptionError(options);
    expect(Object.getPrototypeOf(error)).not.toBe(other.InvalidOptionError.prototype);
    expect(one.InvalidOptionError.name).not.toBe('InvalidOptionError');
  });

  it('are instances of each other, of their bases, and of nothing else', () => {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const error = new from.InvalidOptionError(options);
      expect(error instanceof to.InvalidOptionError).toBe(true);
      expect(error instanceof to.MillraceError).toBe(true);
      expect(error instanceof to.PayloadInvalidError).toBe(false);
      expect(error instanceof to.Fail).toBe(false);
      expect(error instanceof Error).toBe(true);
    }
  });

  it('keep name, code, retryable, cause and context', () => {
    const cause = new Error('socket hang up');
    const error = new one.ResourceMissingError({ resource: 'queue', name: 'q', cause });
    expect(error).toMatchObject({
      name: 'ResourceMissingError',
      code: 'RESOURCE_MISSING',
      retryable: false,
      cause,
    });
    expect(error.toJSON()).toMatchObject({
      name: 'ResourceMissingError',
      context: { resource: 'queue', name: 'q' },
    });
    expect(new one.Retry().retryable).toBe(true);
  });

  it('mean the same when a handler throws them', () => {
    const now = Date.now();
    expect(one.outcomeOfThrown(new other.Fail('no'), now).kind).toBe('fail');
    expect(one.outcomeOfThrown(new other.Retry({ after: '5m' }), now)).toMatchObject({
      kind: 'retry',
      after: 300_000,
    });
    expect(one.outcomeOfThrown(new other.Snooze({ for: '1m' }), now)).toEqual({
      kind: 'snooze',
      until: now + 60_000,
    });
  });

  it("know the other copy's subclass of a user by its base", () => {
    class CustomerGone extends other.Fail {}
    const error = new CustomerGone('gone');
    expect(error instanceof one.Fail).toBe(true);
    expect(error instanceof one.Retry).toBe(false);
  });
});
