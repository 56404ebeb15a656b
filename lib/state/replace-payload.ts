import type { ExplainedWrite } from './event-item.ts';
import { fitsOneWriteUnit } from './item-size.ts';
import { type JobRecord, payloadKey, stateItem, toItem } from './record.ts';

export interface NewPayload {
  readonly json: string;
  /** The version of the type that it fits. */
  readonly version: number;
  readonly hash: string;
}

/**
 * The write with another payload in place of the record's: in the record where the old one stands there and the new one
 * fits, else in an item of its own that is written with it.
 */
export function replacePayload(
  { write, item }: ExplainedWrite,
  record: JobRecord,
  { json, version, hash }: NewPayload,
): ExplainedWrite {
  // Only a job with an idempotency key has a hash: it is what a repeated enqueue is compared with.
  const set = { ...write.set, version, payloadHash: record.payloadHash && hash };
  const inline = record.payload !== undefined && fitsOneWriteUnit(stateItem({ ...record, payload: json }));
  if (inline) return { write: { ...write, set: { ...set, payload: json } }, item };
  return {
    write: { ...write, set, remove: [...write.remove, 'payload'] },
    item,
    payload: { ...payloadKey(record), ...toItem({ payload: json }) },
  };
}
