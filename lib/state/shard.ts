import { digest } from '../contract/index.ts';

/** Which of so many shards an id belongs to, always the same one: many items under one key spread over as many partitions. */
export function shardOf(id: string, shards: number): number {
  return Number.parseInt(Buffer.from(digest(id)).toString('hex').slice(0, 4), 16) % shards;
}
