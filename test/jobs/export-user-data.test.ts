import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeExport } from '../../lambdas/jobs/export-user-data.ts';
import { Fail, Retry, Snooze } from '../../lib/contract/index.ts';
import type { JobContext } from '../../lib/worker/handler.ts';
import { jobContext, thrownBy } from './job-context.ts';
import { ManualClock } from './manual-clock.ts';
import { LocalS3 } from './storage/local-s3.ts';
import { RefusingS3, s3Error } from './storage/refusing-s3.ts';

const enqueuedAt = new Date('2026-11-01T12:00:00Z');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let storage: LocalS3;
beforeAll(async () => {
  storage = await LocalS3.start();
});
beforeEach(() => storage.clear());
afterAll(() => storage[Symbol.asyncDispose]());

async function run({
  s3 = storage.s3,
  after = 0,
  context,
}: {
  s3?: LocalS3['s3'];
  after?: number;
  context?: Partial<JobContext>;
} = {}) {
  const clock = new ManualClock(enqueuedAt.getTime() + after);
  const handler = makeExport({ s3, bucket: storage.bucket, clock });
  return handler({ userId: 'u1' }, jobContext({ id: 'job-1', enqueuedAt, ...context }));
}

async function lines(): Promise<{ name: string; data: unknown }[]> {
  const { text } = await storage.get('exports/job-1/data.ndjson');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('the export of a user', () => {
  beforeEach(async () => {
    await storage.put('users/u1/profile.json', '{\n  "name": "Ada"\n}');
    await storage.put('users/u1/orders/1.json', '{"total":5}');
    await storage.put('users/u10/profile.json', '{"name":"someone else"}');
    await storage.put('users/u1/_complete', 'all written');
  });

  it("holds the user's objects, a line each, and nobody else's", async () => {
    const result = await run();
    expect(result).toMatchObject({ key: 'exports/job-1/data.ndjson', objects: 2 });
    expect(await lines()).toMatchObject([
      { name: 'orders/1.json', data: { total: 5 } },
      { name: 'profile.json', data: { name: 'Ada' } },
    ]);
  });

  it('has a manifest with the digests of the archive and of each object', async () => {
    const { bytes, manifestKey } = await run();
    const { text } = await storage.get('exports/job-1/data.ndjson');
    expect(bytes).toBe(Buffer.byteLength(text));
    expect(JSON.parse((await storage.get(manifestKey)).text)).toEqual({
      userId: 'u1',
      requestedAt: enqueuedAt.toISOString(),
      archive: { key: 'exports/job-1/data.ndjson', bytes, sha256: sha256(text) },
      objects: [
        { name: 'orders/1.json', bytes: 11, sha256: sha256('{"total":5}') },
        { name: 'profile.json', bytes: 19, sha256: sha256('{\n  "name": "Ada"\n}') },
      ],
    });
  });

  it('is the same archive when the job runs again', async () => {
    const first = await run();
    const { text } = await storage.get(first.manifestKey);
    expect(await run({ context: { attempt: 2 } })).toEqual(first);
    expect((await storage.get(first.manifestKey)).text).toBe(text);
  });

  it('holds more objects than a listing has on a page', { timeout: 30_000 }, async () => {
    // Forty at a time: the SDK keeps 50 connections and warns of a queue.
    for (let i = 0; i < 1_000; i += 40) {
      await Promise.all(
        Array.from({ length: 40 }, (_, j) => storage.put(`users/u1/events/${i + j}.json`, '{}')),
      );
    }
    expect(await run()).toMatchObject({ objects: 1_002 });
  });

  it('fails for good, without a manifest, on an object that is not JSON', async () => {
    await storage.put('users/u1/broken.json', '{"half":');
    const error = await thrownBy(run());
    expect(error).toBeInstanceOf(Fail);
    expect(String(error)).toContain('users/u1/broken.json');
    await expect(storage.get('exports/job-1/manifest.json')).rejects.toThrow();
  });
});

describe('an export whose sources are not complete', () => {
  it('snoozes', async () => {
    await storage.put('users/u1/profile.json', '{}');
    const error = await thrownBy(run());
    expect(error).toBeInstanceOf(Snooze);
    expect((error as Snooze).dueAt(0)).toBe(600_000);
  });

  it('goes through once they are', async () => {
    expect(await thrownBy(run())).toBeInstanceOf(Snooze);
    await storage.put('users/u1/_complete', 'all written');
    expect(await run()).toMatchObject({ objects: 0, bytes: 0 });
  });

  it('fails after three days', async () => {
    expect(await thrownBy(run({ after: 3 * 86_400_000 - 1 }))).toBeInstanceOf(Snooze);
    const error = await thrownBy(run({ after: 3 * 86_400_000 }));
    expect(error).toBeInstanceOf(Fail);
    expect(String(error)).toContain("'users/u1/_complete' within 3 days");
  });
});

describe('an export that S3 does not let through', () => {
  it('is tried again when S3 throttles', async () => {
    await using refusing = await RefusingS3.start(s3Error(503, 'SlowDown'));
    expect(await thrownBy(run({ s3: refusing.s3 }))).toBeInstanceOf(Retry);
  });
});
