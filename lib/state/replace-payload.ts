import type { ExplainedWrite } from './event-item.ts';
import { fitsOneWriteUnit } from './item-size.ts';
import { type JobRecord, payloadKey, stateItem, toItem } from './record.ts';

export interface NewPayload {
  readonly json: string;
  /** The version of the type that it fits. */
  readonly version: number;
}

/**
 * The write with another payload in place of the record's: in the record where the old one stands there and the new one
 * fits, else in an item of its own that is written with it.
 */
export function replacePayload(
  { write, item }: ExplainedWrite,
  record: JobRecord,
  { json, version }: NewPayload,
): ExplainedWrite {
  // The hash stays the first payload's: a repeated enqueue, which knows of no patch, is compared with it.
  const set = { ...write.set, version };
  const inline = record.payload !== undefined && fitsOneWriteUnit(stateItem({ ...record, payload: json }));
  if (inline) return { write: { ...write, set: { ...set, payload: json } }, item };
  return {
    write: { ...write, set, remove: [...write.remove, 'payload'] },
    item,
    payload: { ...payloadKey(record), ...toItem({ payload: json }) },
  };
}
