import { readFile } from 'node:fs/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBuild } from '../../lambdas/jobs/build-report.ts';
import { Fail, Retry } from '../../lib/contract/index.ts';
import type { JobContext } from '../../lib/worker/handler.ts';
import { jobContext, thrownBy } from './job-context.ts';
import { LocalS3 } from './storage/local-s3.ts';
import { RefusingS3, s3Error } from './storage/refusing-s3.ts';

let storage: LocalS3;
beforeAll(async () => {
  storage = await LocalS3.start();
});
beforeEach(async () => {
  storage.clear();
  await storage.put('orders.csv', await readFile(new URL('./report/fixtures/orders.csv', import.meta.url)));
});
afterAll(() => storage[Symbol.asyncDispose]());

interface Build {
  readonly key?: string;
  readonly bucket?: string;
  readonly format?: 'html' | 'json';
  readonly groupBy?: string;
  readonly s3?: S3Client;
  readonly context?: Partial<JobContext>;
}

async function build({ key = 'orders.csv', bucket, format = 'json', groupBy, s3, context }: Build = {}) {
  const handler = makeBuild({ s3: s3 ?? storage.s3, bucket: storage.bucket });
  return handler({ source: { bucket, key }, format, title: 'Orders', groupBy }, jobContext(context));
}

describe('a report', () => {
  it('is written as JSON under the job id', async () => {
    const result = await build({ groupBy: 'plan', context: { id: 'job-1' } });
    const { text, contentType } = await storage.get('reports/job-1.json');
    expect(result).toEqual({ key: 'reports/job-1.json', rows: 5, bytes: Buffer.byteLength(text) });
    expect(contentType).toBe('application/json');
    expect(JSON.parse(text)).toMatchObject({
      title: 'Orders',
      source: 's3://files/orders.csv',
      rows: 5,
      groups: { by: 'plan', values: [{ value: 'pro', rows: 3, sums: { amount: 169.8 } }, { value: 'free' }] },
    });
  });

  it('is written as HTML', async () => {
    const { key } = await build({ format: 'html' });
    const { text, contentType } = await storage.get(key);
    expect(contentType).toBe('text/html; charset=utf-8');
    expect(text).toMatch(/^<!doctype html>/);
  });

  it('is the same file, byte for byte, when the job runs again', async () => {
    const first = await build({ format: 'html', groupBy: 'country' });
    const { text } = await storage.get(first.key);
    expect(await build({ format: 'html', groupBy: 'country', context: { attempt: 2 } })).toEqual(first);
    expect((await storage.get(first.key)).text).toBe(text);
  });

  it('is built from an input of many chunks', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i % 7},${'x'.repeat(20)},1\n`);
    await storage.put('large.csv', `weekday,filler,one\n${rows.join('')}`);
    const { key, rows: counted } = await build({ key: 'large.csv', groupBy: 'weekday' });
    expect(counted).toBe(60_000);
    const { columns, groups } = JSON.parse((await storage.get(key)).text);
    expect(columns[2].numbers.sum).toBe(60_000);
    expect(groups.values).toHaveLength(7);
  });
});

describe('a report that cannot be built', () => {
  it('fails for good with the line of a malformed CSV, and writes nothing', async () => {
    await storage.put('bad.csv', 'a,b\n1,2\n3\n');
    const error = await thrownBy(build({ key: 'bad.csv', context: { id: 'job-2' } }));
    expect(error).toBeInstanceOf(Fail);
    expect(String(error)).toContain('s3://files/bad.csv: Line 3');
    await expect(storage.get('reports/job-2.json')).rejects.toThrow();
  });

  it('fails for good when the column to group by is not there', async () => {
    expect(await thrownBy(build({ groupBy: 'city' }))).toBeInstanceOf(Fail);
  });

  it.each([
    ['object', { key: 'nowhere.csv' }],
    ['bucket', { bucket: 'no-such-bucket' }],
  ])('fails for good when the %s does not exist', async (_what, source) => {
    const error = await thrownBy(build(source));
    expect(error).toBeInstanceOf(Fail);
    expect(String(error)).toContain('does not exist');
  });

  it.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [429, 'TooManyRequests'],
  ])('is tried again when S3 answers %i %s', async (code, name) => {
    await using refusing = await RefusingS3.start(s3Error(code, name));
    const error = await thrownBy(build({ s3: refusing.s3 }));
    expect(error).toBeInstanceOf(Retry);
    expect(String(error)).toContain(name);
  });

  it('leaves a refusal that an operator can mend to the retry policy', async () => {
    await using refusing = await RefusingS3.start(s3Error(403, 'AccessDenied'));
    const error = await thrownBy(build({ s3: refusing.s3 }));
    expect(error).not.toBeInstanceOf(Fail);
    expect(String(error)).toContain('AccessDenied');
  });

  it('is tried again when the input breaks off', async () => {
    await using breaking = await RefusingS3.start((_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write('a,b\n1,2\n', () => response.destroy());
    });
    const error = await thrownBy(build({ s3: breaking.s3 }));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(Fail);
  });

  it("stops at the job's signal in the middle of the input", async () => {
    const job = new AbortController();
    await using endless = await RefusingS3.start((_request, response) => {
      response.writeHead(200);
      response.write('a,b\n1,2\n', () => job.abort(new Error('out of time')));
    });
    const error = await thrownBy(build({ s3: endless.s3, context: { signal: job.signal } }));
    expect(error).not.toBeInstanceOf(Fail);
    expect(endless.requests).toHaveLength(1);
  });
});
