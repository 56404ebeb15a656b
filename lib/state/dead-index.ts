import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { InvalidOptionError, resourceError } from '../contract/index.ts';
import type { Item } from './record.ts';
import { DEAD_SHARDS, type DeadKind } from './settle.ts';

/** The name of the sparse index that holds dead and expired jobs and quarantined messages, and nothing else. */
export const DEAD_INDEX = 'dead';

export interface Page {
  readonly items: readonly Item[];
  /** Where the next page begins; undefined on the last one. */
  readonly cursor: string | undefined;
}

interface PageOptions {
  readonly kind: DeadKind;
  readonly limit: number;
  readonly cursor?: string;
  /** Milliseconds since the epoch, both included. */
  readonly since?: number;
  readonly until?: number;
  /** Which of the items to keep. */
  readonly keep?: (item: Item) => boolean;
}

interface ShardOptions
  extends Required<Pick<PageOptions, 'limit' | 'keep'>>,
    Pick<PageOptions, 'since' | 'until'> {
  readonly shard: string;
  readonly positions: Positions;
}

/**
 * Items of a query, at least, where not all of them are meant: DynamoDB counts them before they are (Query: Limit, API
 * reference), so that pages as small as what is asked for make a request for each of many.
 */
const LOOK_THROUGH = 500;

/** Per shard: the key of the last item given out, or null when the shard has no more. */
type Positions = Record<string, Item | null>;

/** Pages through the index, newest first across its shards. */
export class DeadIndex {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  constructor({ client, tableName }: { client: DynamoDBClient; tableName: string }) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async page({ kind, limit, cursor, keep = () => true, ...times }: PageOptions): Promise<Page> {
    const positions = cursor === undefined ? {} : readCursor(cursor, kind);
    const shards = await Promise.all(
      shardsOf(kind).map((shard) => this.#shard({ shard, limit, positions, keep, ...times })),
    );
    const merged = shards.flatMap(({ items }) => items).sort((a, b) => deadAt(b) - deadAt(a));
    const items = merged.slice(0, limit);
    const givenOut = new Set(items);
    const next: Positions = {};
    for (const { shard, items: found, done } of shards) {
      const given = found.filter((item) => givenOut.has(item));
      const last = given.at(-1);
      // A shard that gave out all it found and has no more is done; one whose finds were cut off goes on behind the last.
      if (done && given.length === found.length) next[shard] = null;
      else if (last) next[shard] = indexKey(last);
      else if (positions[shard]) next[shard] = positions[shard];
    }
    const more = shardsOf(kind).some((shard) => next[shard] !== null);
    return { items, cursor: more ? Buffer.from(JSON.stringify(next)).toString('base64url') : undefined };
  }

  async #shard(options: ShardOptions) {
    const { shard, limit, positions, keep } = options;
    const items: Item[] = [];
    let from = positions[shard];
    let page = limit;
    if (from === null) return { shard, items, done: true };
    do {
      const { Items = [], LastEvaluatedKey } = await this.#query({ ...options, limit: page }, from);
      const kept = Items.filter(keep);
      items.push(...kept);
      // What is read beyond the limit is found again: the cursor points behind the last item that is given out.
      if (kept.length < Items.length) page = Math.max(limit, LOOK_THROUGH);
      from = LastEvaluatedKey;
    } while (from && items.length < limit);
    return { shard, items, done: from === undefined };
  }

  async #query(
    { shard, limit, since = 0, until = Number.MAX_SAFE_INTEGER }: ShardOptions,
    ExclusiveStartKey: Item | undefined,
  ) {
    try {
      return await this.#client.send(
        new QueryCommand({
          TableName: this.#tableName,
          IndexName: DEAD_INDEX,
          KeyConditionExpression: 'deadShard = :shard AND deadAt BETWEEN :since AND :until',
          ExpressionAttributeValues: {
            ':shard': { S: shard },
            ':since': { N: String(since) },
            ':until': { N: String(until) },
          },
          ScanIndexForward: false,
          Limit: limit,
          ExclusiveStartKey,
        }),
      );
    } catch (error) {
      const region = await this.#client.config.region();
      throw resourceError(error, { resource: 'job table', name: this.#tableName, region });
    }
  }
}

function deadAt(item: Item): number {
  return Number(item['deadAt']?.N ?? 0);
}

function indexKey({ pk, sk, deadShard, deadAt }: Item): Item {
  return { pk, sk, deadShard, deadAt } as Item;
}

const KeySchema = v.strictObject({
  pk: v.strictObject({ S: v.string() }),
  sk: v.strictObject({ S: v.string() }),
  deadShard: v.strictObject({ S: v.string() }),
  deadAt: v.strictObject({ N: v.string() }),
});

/** A cursor passes through the caller's hands: what comes back is checked like any input. */
function readCursor(cursor: string, kind: string): Positions {
  try {
    const positions: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return v.parse(v.record(v.picklist(shardsOf(kind)), v.nullable(KeySchema)), positions);
  } catch {
    throw new InvalidOptionError({
      option: 'cursor',
      got: JSON.stringify(String(cursor).slice(0, 40)),
      expected: 'the cursor of an earlier page of the same list',
    });
  }
}

function shardsOf(kind: string): string[] {
  return Array.from({ length: DEAD_SHARDS }, (_, n) => `${kind}#${n}`);
}
