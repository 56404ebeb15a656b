import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { resourceError } from '../contract/index.ts';
import { type Item, jobIdOf } from './record.ts';
import { shardOf } from './shard.ts';

/** The name of the sparse index of jobs that end at a time of their own, whether or not a message comes. */
export const WATCH_INDEX = 'watch';

/** Shards of the index: deadlines that fall together spread over as many partitions. */
const WATCH_SHARDS = 8;

/** The fields that put a job into the index. */
export interface Watched {
  readonly watchShard: string;
  /** When the sweeper has to look at it: milliseconds since the epoch. */
  readonly watchAt: number;
}

/**
 * What a record with a deadline has besides: the sweeper finds it by this once the deadline passed, though its queue is
 * paused or has lost its message. A record without one has nothing, and pays for nothing.
 */
export function watchedUntil(id: string, deadline: number | undefined): Watched | undefined {
  if (deadline === undefined) return undefined;
  return { watchShard: shardName(shardOf(id, WATCH_SHARDS)), watchAt: deadline };
}

function shardName(shard: number): string {
  return `watch#${shard}`;
}

/** Pages through the jobs that the sweeper has to look at by now, shard by shard in turn, the longest overdue first. */
export class WatchIndex {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  constructor({ client, tableName }: { client: DynamoDBClient; tableName: string }) {
    this.#client = client;
    this.#tableName = tableName;
  }

  /** Their ids: keys alone stand in the index, so each record is to be read before anything is decided. */
  async *due({ now, page }: { now: number; page: number }): AsyncGenerator<readonly string[], void> {
    const open = new Map<string, Item | undefined>(
      Array.from({ length: WATCH_SHARDS }, (_, shard) => [shardName(shard), undefined]),
    );
    while (open.size > 0) {
      for (const [shard, from] of open) {
        const { Items = [], LastEvaluatedKey } = await this.#query({ shard, now, page, from });
        if (LastEvaluatedKey) open.set(shard, LastEvaluatedKey);
        else open.delete(shard);
        yield Items.flatMap((item) => jobIdOf(item) ?? []);
      }
    }
  }

  async #query(options: { shard: string; now: number; page: number; from: Item | undefined }) {
    try {
      return await this.#client.send(
        new QueryCommand({
          TableName: this.#tableName,
          IndexName: WATCH_INDEX,
          KeyConditionExpression: 'watchShard = :shard AND watchAt <= :now',
          ExpressionAttributeValues: { ':shard': { S: options.shard }, ':now': { N: String(options.now) } },
          Limit: options.page,
          ExclusiveStartKey: options.from,
        }),
      );
    } catch (error) {
      const region = await this.#client.config.region();
      throw resourceError(error, { resource: 'job table', name: this.#tableName, region });
    }
  }
}
