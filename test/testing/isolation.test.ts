import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { localCredentials, startDynoxide } from '../../lib/local/index.ts';
import { failingUntil, millraceWith } from './catalog.ts';

const run = promisify(execFile);

/** One run of a test: what it sees of its jobs. */
async function seen(seed: number) {
  await using millrace = await millraceWith({ 'receipt.send': failingUntil(3) }, { seed });
  for (const orderId of ['1', '2']) await millrace.client.enqueue('receipt.send', { orderId });
  await millrace.drain({ untilEnded: true });
  return { jobs: await millrace.jobs(), logs: millrace.logs, now: millrace.now() };
}

describe('two test Millraces', () => {
  it('see nothing of each other', async () => {
    await using one = await millraceWith();
    await using other = await millraceWith();
    const job = await one.client.enqueue('receipt.send', { orderId: '42' });
    await other.advance('1h');
    expect(await other.jobs()).toEqual([]);
    expect(await other.client.get(job)).toBeUndefined();
    expect(await one.client.get(job)).toMatchObject({ status: 'queued' });
    expect(one.now()).not.toEqual(other.now());
  });

  it('are the same in everything for the same seed, and not for another', async () => {
    const [first, second, third] = [await seen(7), await seen(7), await seen(8)];
    expect(second).toEqual(first);
    expect(third.jobs.map(({ id }) => id)).not.toEqual(first.jobs.map(({ id }) => id));
    expect(third.now).not.toEqual(first.now);
  });
});

describe('a test Millrace', () => {
  it('refuses what comes after its disposal', async () => {
    const millrace = await millraceWith();
    await millrace[Symbol.asyncDispose]();
    await expect(millrace.drain()).rejects.toMatchObject({ code: 'DISPOSED' });
    await expect(millrace.advance('1s')).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it('leaves no process and no port behind, and lets its own process end', async () => {
    const { stdout } = await run(process.execPath, [new URL('program.ts', import.meta.url).pathname]);
    const { succeeded, engine } = JSON.parse(stdout) as { succeeded: boolean; engine: number };
    expect(succeeded).toBe(true);
    expect(() => process.kill(engine, 0)).toThrow(expect.objectContaining({ code: 'ESRCH' }));
  });

  it('takes another DynamoDB, and leaves it as it was', async () => {
    await using engine = await startDynoxide();
    const { endpoint } = engine;
    const dynamodb = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: localCredentials });
    const tables = async () => (await dynamodb.send(new ListTablesCommand({}))).TableNames?.length;
    {
      await using millrace = await millraceWith({}, { dynamodbEndpoint: endpoint });
      await millrace.client.enqueue('receipt.send', { orderId: '42' });
      expect(await tables()).toBe(1);
    }
    expect(await tables()).toBe(0);
    dynamodb.destroy();
  });

  it('goes by no clock of the test runner: faked timers change nothing', async () => {
    vi.useFakeTimers();
    try {
      await using millrace = await millraceWith({ 'receipt.send': failingUntil(2) });
      const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
      await millrace.advance('1m');
      expect(await millrace.client.get(job)).toMatchObject({ status: 'succeeded' });
    } finally {
      vi.useRealTimers();
    }
  });
});
