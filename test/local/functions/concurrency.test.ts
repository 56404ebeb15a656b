import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FunctionFixture } from './function-fixture.ts';
import { QueueFixture } from './queue-fixture.ts';

/** Runs until the file named in the event exists. */
const held = `import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
export const handler = async ({ file }) => { while (!existsSync(file)) await setTimeout(5); return process.pid }`;

/** The most invocations that ran at once, by the events. */
function mostAtOnce({ events }: FunctionFixture): number {
  let now = 0;
  let most = 0;
  for (const { type } of events) {
    if (type === 'invoke-start') now += 1;
    if (type === 'invoke-end') now -= 1;
    most = Math.max(most, now);
  }
  return most;
}

describe('a function', () => {
  it('runs invocations that come together in sandboxes of their own', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(held);
    const file = `${await fixture.code('')}/go`;
    const results = [1, 2, 3].map(() => fixture.host.invoke(name, { file }));
    await fixture.until(() => fixture.of('invoke-start').length === 3);
    await writeFile(file, '');
    const pids = (await Promise.all(results)).map((result) => Object(result)['payload']);
    expect(new Set(pids).size).toBe(3);
  });

  it('is throttled above its reserved concurrency', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(held, { reservedConcurrency: 1 });
    const file = `${await fixture.code('')}/go`;
    const first = fixture.host.invoke(name, { file });
    expect(await fixture.host.invoke(name, { file })).toMatchObject({
      outcome: 'throttled',
      error: { errorType: 'TooManyRequestsException' },
    });
    await writeFile(file, '');
    expect(await first).toMatchObject({ outcome: 'succeeded' });
    expect(fixture.of('throttled')).toHaveLength(1);
  });

  it('runs new code after a replacement, while what runs ends on the old', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(held.replace('process.pid', '"old"'));
    const file = `${await fixture.code('')}/go`;
    const first = fixture.host.invoke(name, { file });
    await fixture.until(() => fixture.of('invoke-start').length === 1);
    await fixture.host.replaceCode(name, await fixture.code('export const handler = async () => "new"'));
    expect(await fixture.host.invoke(name, {})).toMatchObject({ payload: 'new' });
    await writeFile(file, '');
    expect(await first).toMatchObject({ payload: 'old' });
    expect(await fixture.host.invoke(name, {})).toMatchObject({ payload: 'new' });
  });

  it('is unknown, or known already, by a typed error', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add('');
    await expect(fixture.host.invoke('other', {})).rejects.toMatchObject({ code: 'UNKNOWN_FUNCTION' });
    await expect(fixture.host.replaceCode('other', '/')).rejects.toMatchObject({ code: 'UNKNOWN_FUNCTION' });
    await expect((async () => fixture.host.addFunction({ ...Object({}), name }))()).rejects.toMatchObject({
      code: 'DUPLICATE_NAME',
    });
  });
});

describe('an SQS event source', () => {
  const slow = `import { setTimeout } from 'node:timers/promises';
    export const handler = async () => { await setTimeout(50) }`;
  const bodies = Array.from({ length: 12 }, (_, index) => String(index));

  it('runs no more invocations at once than its maximum concurrency', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(slow);
    await fixture.send(queue.url, ...bodies);
    fixture.source(name, queue, { batchSize: 1, maximumConcurrency: 2 });
    await fixture.host.start();
    await fixture.host.idle();
    expect(fixture.functions.of('invoke-end')).toHaveLength(12);
    expect(mostAtOnce(fixture.functions)).toBe(2);
  });

  it('waits, throttled, while its function has no concurrency left', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(slow, { reservedConcurrency: 1 });
    await fixture.send(queue.url, ...bodies.slice(0, 4));
    fixture.source(name, queue, { batchSize: 1 });
    await fixture.host.start();
    await fixture.host.idle();
    expect(fixture.functions.of('throttled').length).toBeGreaterThan(0);
    expect(mostAtOnce(fixture.functions)).toBe(1);
    expect(fixture.depth(queue.name)).toEqual({ ready: 0, inFlight: 0 });
  });

  it('drops a throttled batch once its visibility timeout is over, so that its receive count rises', async () => {
    await using fixture = await QueueFixture.start();
    const dead = fixture.queue();
    const queue = fixture.queue({
      VisibilityTimeout: '1',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 }),
    });
    const name = await fixture.functions.add(slow, { reservedConcurrency: 0, timeoutSeconds: 1 });
    await fixture.send(queue.url, 'a');
    fixture.source(name, queue);
    fixture.source(await fixture.functions.add(slow), dead);
    await fixture.host.start();
    await fixture.functions.until(() => fixture.functions.of('invoke-end').length === 1);
    expect(fixture.functions.of('batch-failed')).toMatchObject([
      { message: expect.stringContaining('TooManyRequestsException') },
    ]);
  });

  it('is not held up by the full queue of another', async () => {
    await using fixture = await QueueFixture.start();
    const [full, other] = [fixture.queue(), fixture.queue()];
    const name = await fixture.functions.add(`import { setTimeout } from 'node:timers/promises';
      export const handler = async ({ Records: [r] }) => { await setTimeout(300); console.log(r.body) }`);
    await fixture.send(full.url, ...Array.from({ length: 40 }, () => 'full'));
    fixture.source(name, full, { batchSize: 1, maximumConcurrency: 20 });
    fixture.source(name, other, { batchSize: 1, maximumConcurrency: 2 });
    await fixture.host.start();
    await fixture.functions.until(() => fixture.functions.lines.length >= 4);
    await fixture.send(other.url, 'other');
    await fixture.functions.until(() => fixture.functions.lines.includes('other'));
    expect(fixture.functions.lines.length).toBeLessThan(30);
    await fixture.host.idle();
  });
});
