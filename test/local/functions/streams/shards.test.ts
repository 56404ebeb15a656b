import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { StreamEventSourceSpec } from '../../../../lib/local/functions/index.ts';
import { FunctionFixture } from '../function-fixture.ts';

interface StubShard {
  readonly id: string;
  readonly parentId?: string;
  readonly records: string[];
  readonly ended: boolean;
}

/**
 * DynamoDB Streams as far as its shards go, which the local engine has only one of. A record is its id, and its
 * sequence number is its place. An iterator is good for one read when `fragile`.
 */
class ShardStub implements AsyncDisposable {
  readonly shards: StubShard[];
  fragile = false;
  readonly #used = new Set<string>();
  readonly #server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const operation = String(request.headers['x-amz-target']).split('.')[1];
    const answer = this.#answer(String(operation), JSON.parse(text));
    response.writeHead('__type' in answer ? 400 : 200).end(JSON.stringify(answer));
  });
  #iterators = 0;

  constructor(shards: StubShard[]) {
    this.shards = shards;
  }

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(operation: string, body: Record<string, string>): object {
    if (operation === 'DescribeStream') return this.#describe(body['ExclusiveStartShardId']);
    if (operation === 'GetShardIterator') {
      const { records } = this.#shard(body['ShardId']);
      const after = body['SequenceNumber'];
      const type = body['ShardIteratorType'];
      const place = after ? Number(after) + 1 : type === 'LATEST' ? records.length : 0;
      return { ShardIterator: this.#iterator(String(body['ShardId']), place) };
    }
    return this.#read(String(body['ShardIterator']));
  }

  /** One shard a page. */
  #describe(after: string | undefined): object {
    const index = this.shards.findIndex(({ id }) => id === after) + 1;
    const page = this.shards.slice(index, index + 1);
    const more = index + 1 < this.shards.length;
    const Shards = page.map(({ id, parentId }) => ({ ShardId: id, ParentShardId: parentId }));
    return { StreamDescription: { Shards, ...(more && { LastEvaluatedShardId: page[0]?.id }) } };
  }

  #read(iterator: string): object {
    if (this.#used.has(iterator)) return { __type: 'x#ExpiredIteratorException', message: 'expired' };
    if (this.fragile) this.#used.add(iterator);
    const [id = '', place = ''] = iterator.split('|');
    const { records, ended } = this.#shard(id);
    const Records = records.slice(Number(place)).map((name, index) => ({
      eventID: name,
      eventName: 'INSERT',
      dynamodb: {
        Keys: { id: { S: name } },
        SequenceNumber: String(Number(place) + index),
        SizeBytes: 1,
        StreamViewType: 'KEYS_ONLY',
        ApproximateCreationDateTime: 1,
      },
    }));
    if (ended) return { Records };
    // A fragile iterator's successor is itself, and so has expired.
    return { Records, NextShardIterator: this.fragile ? iterator : this.#iterator(id, records.length) };
  }

  #iterator(id: string, place: number): string {
    this.#iterators += 1;
    return `${id}|${place}|${this.#iterators}`;
  }

  #shard(id: string | undefined): StubShard {
    const shard = this.shards.find((each) => each.id === id);
    if (shard === undefined) throw new RangeError(`no shard ${id}`);
    return shard;
  }
}

async function follow(stub: ShardStub, startingPosition: StreamEventSourceSpec['startingPosition']) {
  const fixture = await FunctionFixture.start({ dynamodbEndpoint: await stub.listen() });
  const functionName = await fixture.add(
    'export const handler = async (e) => { for (const r of e.Records) console.log(r.dynamodb.Keys.id.S) }',
  );
  fixture.host.addStreamEventSource({
    id: 'stream',
    functionName,
    streamArn: 'arn',
    batchSize: 100,
    batchWindowSeconds: 0,
    startingPosition,
    reportBatchItemFailures: false,
    bisect: false,
    maximumRetryAttempts: -1,
    maximumRecordAgeSeconds: -1,
    filters: [],
    enabled: true,
  });
  await fixture.host.start();
  return fixture;
}

describe('a stream of several shards', () => {
  it('is read parent before child', async () => {
    await using stub = new ShardStub([
      { id: 'child', parentId: 'parent', records: ['c', 'd'], ended: false },
      { id: 'parent', parentId: 'trimmed', records: ['a', 'b'], ended: true },
    ]);
    await using fixture = await follow(stub, 'TRIM_HORIZON');
    await fixture.until(() => fixture.lines.length === 4);
    expect(fixture.lines).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is read from its latest in the shards without children only', async () => {
    await using stub = new ShardStub([
      { id: 'parent', records: ['a', 'b'], ended: true },
      { id: 'child', parentId: 'parent', records: ['c'], ended: false },
    ]);
    await using fixture = await follow(stub, 'LATEST');
    stub.shards[1]?.records.push('d');
    await fixture.until(() => fixture.lines.length > 0);
    expect(fixture.lines).toEqual(['d']);
  });

  it('is read on in a shard that is born later, from its beginning', async () => {
    const first = { id: 'first', records: ['a'], ended: false };
    await using stub = new ShardStub([first]);
    await using fixture = await follow(stub, 'LATEST');
    stub.shards.push({ id: 'second', parentId: 'first', records: ['b'], ended: false });
    first.ended = true;
    await fixture.until(() => fixture.lines.length > 0);
    expect(fixture.lines).toEqual(['b']);
  });

  it('is read on after the last record when an iterator has expired', async () => {
    const only = { id: 'only', records: ['a'], ended: false };
    await using stub = new ShardStub([only]);
    stub.fragile = true;
    await using fixture = await follow(stub, 'TRIM_HORIZON');
    await fixture.until(() => fixture.lines.length === 1);
    only.records.push('b');
    await fixture.until(() => fixture.lines.length > 1);
    expect(fixture.lines).toEqual(['a', 'b']);
    expect(fixture.of('poll-error')).toEqual([]);
  });
});
