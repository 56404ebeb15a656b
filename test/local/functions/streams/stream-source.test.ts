import { describe, expect, it } from 'vitest';
import { StreamFixture } from '../stream-fixture.ts';

/** Logs the ids of each batch, then does what `then` says. */
const logging = (then = '') => `export const handler = async (event) => {
  const ids = event.Records.map((r) => r.dynamodb.Keys.id.S);
  console.log(ids.join(','));
  ${then}
}`;

/** Fails by naming the records of the given items. */
const naming = (...ids: string[]) =>
  logging(`return { batchItemFailures: event.Records
    .filter((r) => ${JSON.stringify(ids)}.includes(r.dynamodb.Keys.id.S))
    .map((r) => ({ itemIdentifier: r.dynamodb.SequenceNumber })) }`);

const throwing = (id: string) => logging(`if (ids.includes(${JSON.stringify(id)})) throw new Error('no');`);

describe('a stream event source', () => {
  it('hands records on as Lambda does', async () => {
    await using fixture = await StreamFixture.start();
    const { functions, host } = fixture.queues;
    await fixture.follow('export const handler = async (event) => console.log(JSON.stringify(event))');
    await fixture.put('a', { v: '1' });
    await fixture.put('a', { v: '2' });
    await fixture.remove('a');
    await host.start();
    await host.idle();
    const { Records: records } = JSON.parse(functions.lines[0] ?? '');
    const [one, two] = [
      { id: { S: 'a' }, v: { S: '1' } },
      { id: { S: 'a' }, v: { S: '2' } },
    ];
    expect(records).toMatchObject([
      { eventName: 'INSERT', dynamodb: { NewImage: one } },
      { eventName: 'MODIFY', dynamodb: { NewImage: two, OldImage: one } },
      { eventName: 'REMOVE', dynamodb: { OldImage: two } },
    ]);
    expect(records[0]).toEqual({
      eventID: expect.any(String),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-west-1',
      eventSourceARN: fixture.streamArn,
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: { id: { S: 'a' } },
        NewImage: one,
        SequenceNumber: expect.stringMatching(/^\d+$/),
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
  });

  it('reads from the beginning, or only what comes after it has started', async () => {
    await using fixture = await StreamFixture.start();
    const { functions, host } = fixture.queues;
    await fixture.follow(logging(), { id: 'all' });
    const latest = await fixture.follow(logging(), { id: 'latest', startingPosition: 'LATEST' });
    await fixture.put('before');
    await host.start();
    await fixture.put('after');
    await host.idle();
    const seen = functions.of('log').filter((event) => event.function === latest);
    expect(seen.map(({ line }) => line)).toEqual(['after']);
    expect(functions.lines.join()).toContain('before');
  });

  it('hands on at most its batch size, in order', async () => {
    await using fixture = await StreamFixture.start();
    await fixture.follow(logging(), { batchSize: 2 });
    await fixture.putTogether('a', 'b', 'c');
    await fixture.queues.host.start();
    await fixture.queues.host.idle();
    expect(fixture.queues.functions.lines).toEqual(['a,b', 'c']);
  });

  it('gathers records within its window', async () => {
    await using fixture = await StreamFixture.start();
    await fixture.follow(logging(), { batchSize: 3, batchWindowSeconds: 30 });
    await fixture.put('a');
    await fixture.queues.host.start();
    await fixture.put('b');
    await fixture.put('c');
    await fixture.queues.host.idle();
    expect(fixture.queues.functions.lines).toEqual(['a,b,c']);
  });

  it('hands on only what its filters let pass', async () => {
    await using fixture = await StreamFixture.start();
    await fixture.follow(logging(), {
      filters: [{ eventName: ['INSERT'], dynamodb: { NewImage: { out: { S: [{ exists: true }] } } } }],
    });
    await fixture.put('a');
    await fixture.put('b', { out: '1' });
    await fixture.put('b', { out: '2' });
    await fixture.queues.host.start();
    await fixture.queues.host.idle();
    expect(fixture.queues.functions.lines).toEqual(['b']);
  });

  it('hands on no record of a write that changed nothing', async () => {
    await using fixture = await StreamFixture.start();
    await fixture.follow(logging(), { batchSize: 1 });
    await fixture.put('a', { v: '1' });
    await fixture.put('a', { v: '1' });
    await fixture.queues.host.start();
    await fixture.queues.host.idle();
    expect(fixture.queues.functions.lines).toEqual(['a']);
  });

  it('hands on a record soon after it is written', async () => {
    await using fixture = await StreamFixture.start();
    const { functions, host } = fixture.queues;
    await fixture.follow(logging());
    await host.start();
    await fixture.put('warm');
    await functions.until(() => functions.of('invoke-end').length === 1);
    const times: number[] = [];
    for (let count = 2; count < 7; count += 1) {
      const written = performance.now();
      await fixture.put(String(count));
      await functions.until(() => functions.of('invoke-end').length === count);
      times.push(performance.now() - written);
    }
    expect(times.sort((a, b) => a - b)[2]).toBeLessThan(100);
  });

  it('is not added with a filter that it cannot evaluate, and does not start on a stream that is not there', async () => {
    await using fixture = await StreamFixture.start();
    await expect(
      fixture.follow(logging(), { filters: [{ a: [{ cidr: '10.0.0.0/8' }] }] }),
    ).rejects.toMatchObject({
      code: 'FILTER_PATTERN',
    });
    await fixture.follow(logging(), { streamArn: fixture.streamArn.replace('items', 'others') });
    await expect(fixture.queues.host.start()).rejects.toMatchObject({ code: 'ENGINE_ERROR' });
  });
});

describe('a batch of records that fails', () => {
  it('is tried again, whole and before all later records, until it succeeds', async () => {
    await using fixture = await StreamFixture.start();
    await fixture.follow(
      `let tries = 0; ${logging('if (ids.includes("b") && ++tries < 3) throw new Error("no")')}`,
      {
        batchSize: 2,
      },
    );
    await fixture.putTogether('a', 'b', 'c');
    await fixture.queues.host.start();
    await fixture.queues.host.idle();
    expect(fixture.queues.functions.lines).toEqual(['a,b', 'a,b', 'a,b', 'c']);
  });

  it('is given up after its retries, and its destination is told where the records are', async () => {
    await using fixture = await StreamFixture.start();
    const { functions, host } = fixture.queues;
    const queue = fixture.queues.queue();
    const name = await fixture.follow(throwing('b'), {
      batchSize: 2,
      maximumRetryAttempts: 1,
      onFailureQueueUrl: queue.url,
    });
    await fixture.putTogether('a', 'b', 'c');
    await host.start();
    await host.idle();
    expect(functions.lines).toEqual(['a,b', 'a,b', 'c']);
    expect(functions.of('records-discarded')).toMatchObject([{ items: { length: 2 }, source: 'stream' }]);
    expect(fixture.queues.bodies(queue.name).map((body) => JSON.parse(body))).toEqual([
      {
        requestContext: {
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          functionArn: expect.stringMatching(new RegExp(`:function:${name}$`)),
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: 2,
        },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        version: '1.0',
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        DDBStreamBatchInfo: {
          shardId: expect.stringMatching(/^shardId-/),
          startSequenceNumber: functions.of('records-discarded')[0]?.items[0],
          endSequenceNumber: functions.of('records-discarded')[0]?.items[1],
          approximateArrivalOfFirstRecord: expect.stringMatching(/:\d\dZ$/),
          approximateArrivalOfLastRecord: expect.stringMatching(/:\d\dZ$/),
          batchSize: 2,
          streamArn: fixture.streamArn,
        },
      },
    ]);
  });

  it('is split until only the bad record is given up', async () => {
    await using fixture = await StreamFixture.start();
    await fixture.follow(throwing('c'), { bisect: true, maximumRetryAttempts: 1 });
    await fixture.putTogether('a', 'b', 'c', 'd');
    await fixture.queues.host.start();
    await fixture.queues.host.idle();
    expect(fixture.queues.functions.lines).toEqual(['a,b,c,d', 'a,b', 'c,d', 'c', 'c', 'd']);
    expect(fixture.queues.functions.of('records-discarded')).toMatchObject([{ items: { length: 1 } }]);
  });

  it('in part goes on from its lowest failed record, counting its first try', async () => {
    await using fixture = await StreamFixture.start();
    const queue = fixture.queues.queue();
    await fixture.follow(naming('b', 'c'), {
      reportBatchItemFailures: true,
      maximumRetryAttempts: 2,
      onFailureQueueUrl: queue.url,
    });
    await fixture.putTogether('a', 'b', 'c', 'd');
    await fixture.queues.host.start();
    await fixture.queues.host.idle();
    expect(fixture.queues.functions.lines).toEqual(['a,b,c,d', 'b,c,d', 'b,c,d']);
    expect(fixture.queues.bodies(queue.name).map((body) => JSON.parse(body))).toMatchObject([
      {
        requestContext: { approximateInvokeCount: 3 },
        responseContext: { statusCode: 200 },
        DDBStreamBatchInfo: { batchSize: 3 },
      },
    ]);
  });

  it('in part is split at its failed record, so that only that is given up', async () => {
    await using fixture = await StreamFixture.start();
    await fixture.follow(naming('b'), {
      reportBatchItemFailures: true,
      bisect: true,
      maximumRetryAttempts: 0,
    });
    await fixture.putTogether('a', 'b', 'c', 'd');
    await fixture.queues.host.start();
    await fixture.queues.host.idle();
    expect(fixture.queues.functions.lines).toEqual(['a,b,c,d', 'b,c,d', 'b,c', 'b', 'c', 'd']);
  });

  it('as a whole does so, too, when it names what is not in it', async () => {
    await using fixture = await StreamFixture.start();
    await fixture.follow(logging('return { batchItemFailures: [{ itemIdentifier: "x" }] }'), {
      reportBatchItemFailures: true,
      maximumRetryAttempts: 1,
    });
    await fixture.putTogether('a', 'b');
    await fixture.queues.host.start();
    await fixture.queues.host.idle();
    expect(fixture.queues.functions.lines).toEqual(['a,b', 'a,b']);
  });

  it('is given up once it is too old', async () => {
    await using fixture = await StreamFixture.start();
    const queue = fixture.queues.queue();
    await fixture.follow(throwing('a'), { maximumRecordAgeSeconds: 1, onFailureQueueUrl: queue.url });
    await fixture.put('a');
    await fixture.queues.host.start();
    await fixture.queues.host.idle();
    expect(fixture.queues.bodies(queue.name).map((body) => JSON.parse(body))).toMatchObject([
      { requestContext: { condition: 'RecordAgeExceeded' } },
    ]);
    expect(fixture.queues.functions.of('records-discarded')).toHaveLength(1);
  });

  it('does not count as tried while its function is throttled', async () => {
    await using fixture = await StreamFixture.start();
    const { functions, host } = fixture.queues;
    const name = await functions.add(
      'export const handler = (e) => new Promise((done) => setTimeout(done, 300, console.log(e.word ?? "record")))',
      { reservedConcurrency: 1 },
    );
    await fixture.follow(logging(), { functionName: name, maximumRetryAttempts: 0 });
    await fixture.put('a');
    const first = host.invoke(name, { word: 'held' });
    await functions.until(() => functions.lines.length === 1);
    await host.start();
    await first;
    await host.idle();
    expect(functions.of('throttled').length).toBeGreaterThan(0);
    expect(functions.lines).toEqual(['held', 'record']);
  });
});
