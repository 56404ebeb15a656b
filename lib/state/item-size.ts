import type { Item } from './record.ts';

/**
 * What a state item may still gain while its job runs to success: token, holder, leaseUntil, unblockedAt, startedAt,
 * endedAt, expiresAt, worker (the name of a log stream of Lambda's), with their names, and a longer status.
 */
const LATER_BYTES = 220;
/** DynamoDB bills writes by the whole item, in units of 1 KB (Developer Guide, "Read and write operations"). */
const WRITE_UNIT = 1024;

/** Whether an item stays within one write unit all the way to success. */
export function fitsOneWriteUnit(item: Item): boolean {
  return itemBytes(item) + LATER_BYTES <= WRITE_UNIT;
}

/**
 * The size of an item as DynamoDB counts it: names and strings in UTF-8, about a byte for two digits and one more for
 * numbers, 3 bytes and one for each entry of a map (Developer Guide, "Item sizes and formats").
 */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    bytes += Buffer.byteLength(name);
    if (value.S !== undefined) bytes += Buffer.byteLength(value.S);
    else if (value.N !== undefined) bytes += Math.ceil(value.N.length / 2) + 1;
    else if (value.M !== undefined) bytes += 3 + Object.keys(value.M).length + itemBytes(value.M);
    else bytes += 1;
  }
  return bytes;
}
