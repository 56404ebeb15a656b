import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeChunks } from '../../../lambdas/jobs/storage/multipart-object.ts';
import { Retry } from '../../../lib/contract/index.ts';
import type { JobLogger } from '../../../lib/observe/index.ts';
import { jobContext, thrownBy } from '../job-context.ts';
import { LocalS3 } from './local-s3.ts';
import { RefusingS3, s3Error } from './refusing-s3.ts';

const MIB = 1024 * 1024;
const contentType = 'text/plain';

let storage: LocalS3;
beforeAll(async () => {
  storage = await LocalS3.start();
});
afterAll(() => storage[Symbol.asyncDispose]());

async function* chunksOf(count: number, size: number, then?: Error): AsyncGenerator<Buffer> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(size, 'abc'[i % 3]);
  if (then) throw then;
}

function address(key: string, s3 = storage.s3, signal = new AbortController().signal) {
  return { s3, bucket: storage.bucket, key, signal };
}

function write(
  key: string,
  chunks: AsyncIterable<Buffer>,
  { s3 = storage.s3, logger = jobContext().logger } = {},
) {
  return writeChunks(address(key, s3), { chunks, contentType, logger, partBytes: 5 * MIB });
}

describe('an object written in chunks', () => {
  it.each([
    ['nothing', 0, 0],
    ['less than a part', 3, 100],
    ['parts and a rest', 11, MIB],
    ['whole parts only', 10, MIB],
    ['a chunk larger than a part', 1, 6 * MIB],
  ])('is whole: %s', async (what, count, size) => {
    expect(await write(what, chunksOf(count, size))).toEqual({ bytes: count * size });
    const { text, contentType: type } = await storage.get(what);
    const parts = Array.from({ length: count }, (_, i) => 'abc'[i % 3]?.repeat(size));
    expect(text === parts.join('')).toBe(true);
    expect(type).toBe(contentType);
  });

  it('does not appear when its source breaks off', async () => {
    const error = new Error('source broke');
    expect(await thrownBy(write('half', chunksOf(6, MIB, error)))).toBe(error);
    const { Contents = [] } = await storage.s3.send(
      new ListObjectsV2Command({ Bucket: storage.bucket, Prefix: 'half' }),
    );
    expect(Contents).toEqual([]);
  });
});

describe('a multipart upload that S3 refuses midway', () => {
  /** Accepts the beginning of an upload, and throttles its parts. */
  const throttlesParts = (abort: ReturnType<typeof s3Error>): Parameters<typeof RefusingS3.start>[0] => {
    return (request, response) => {
      if (request.method === 'DELETE') return abort(request, response);
      if (request.method === 'PUT') return s3Error(503, 'SlowDown')(request, response);
      response.end(
        '<InitiateMultipartUploadResult><UploadId>up-1</UploadId></InitiateMultipartUploadResult>',
      );
    };
  };

  it('is called off and tried again', async () => {
    const accepted = throttlesParts((_request, response) => response.writeHead(204).end());
    await using s3 = await RefusingS3.start(accepted);
    expect(await thrownBy(write('refused', chunksOf(6, MIB), { s3: s3.s3 }))).toBeInstanceOf(Retry);
    expect(s3.requests.at(-1)).toMatch(/^DELETE .*uploadId=up-1/);
  });

  it('says so when it cannot be called off either, and keeps the first reason', async () => {
    const warned: string[] = [];
    const logger: JobLogger = { ...jobContext().logger, warn: (message) => warned.push(message) };
    await using s3 = await RefusingS3.start(throttlesParts(s3Error(403, 'AccessDenied')));
    const error = await thrownBy(write('refused', chunksOf(6, MIB), { s3: s3.s3, logger }));
    expect(error).toBeInstanceOf(Retry);
    expect(warned).toEqual(['parts left behind']);
  });
});
