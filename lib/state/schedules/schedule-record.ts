import type { Overlap, Priority, TickSource } from '../../contract/index.ts';
import { readJson } from '../envelope-of.ts';
import {
  count,
  filled,
  mark,
  optional,
  overlap,
  priority,
  readFields,
  tenant,
  text,
  time,
  version,
} from '../fields.ts';
import { type Item, toItem } from '../record.ts';
import { definitionKey, serialOf } from './keys.ts';

/** What a schedule that is made at run time consists of. Durations are milliseconds. */
export interface ScheduleDefinition {
  readonly name: string;
  readonly tenant?: string;
  readonly type: string;
  readonly version: number;
  readonly pool: string;
  readonly priority: Priority;
  readonly expression: string;
  readonly timeZone: string;
  /** JSON. */
  readonly payload: string;
  readonly overlap: Overlap;
  readonly window: number;
  readonly startAt?: number;
  readonly endAt?: number;
  readonly maxAge: number;
  readonly deadline?: number;
  readonly description?: string;
}

/** Its item in the table. The lifecycle function makes the firing schedule of it. Times are milliseconds since the epoch. */
export interface ScheduleRecord extends ScheduleDefinition {
  /** Rises with each change, from 1; with `createdAt` it says which put and change of a name this is. */
  readonly rev: number;
  /** The revision that the lifecycle function is to bring about; absent once it has. */
  readonly out?: number;
  readonly paused?: boolean;
  /** To be deleted, and this item after the firing schedule. */
  readonly deleted?: boolean;
  /** Why EventBridge Scheduler refused the revision. */
  readonly problem?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const FIELDS = {
  ...{ name: filled, tenant: optional(tenant), type: filled, version, pool: filled, priority },
  ...{ expression: filled, timeZone: filled, payload: text, overlap, window: time },
  ...{ startAt: optional(time), endAt: optional(time), maxAge: time, deadline: optional(time) },
  ...{ description: optional(text), rev: count, out: optional(count), paused: optional(mark) },
  ...{ deleted: optional(mark), problem: optional(text), createdAt: time, updatedAt: time },
};

/** @throws {RecordUnreadableError} when the item is not as Millrace writes it */
export function readSchedule(item: Item): ScheduleRecord {
  return readFields(item, FIELDS, item['sk']?.S ?? '') as ScheduleRecord;
}

export function scheduleItem(record: ScheduleRecord): Item {
  return { ...definitionKey(record), ...toItem(record) };
}

/** What the ticks of a revision carry. @throws {RecordUnreadableError} what is kept as the payload is not JSON */
export function tickSourceOf(record: ScheduleRecord): TickSource {
  const { name, tenant, rev, type, version, pool, priority, overlap, maxAge, window, deadline } = record;
  return {
    ...{ schedule: name, tenant, rev, job: { type, version, pool, priority }, overlap, deadline },
    maxAge: maxAge + window,
    payload: readJson({ id: serialOf(record), name: 'payload', json: record.payload }),
  };
}

/** Whether a put changes nothing. */
export function sameDefinition(a: ScheduleDefinition, b: ScheduleDefinition): boolean {
  return definitionText(a) === definitionText(b);
}

function definitionText(definition: ScheduleDefinition): string {
  const { name, tenant, type, version, pool, priority, expression, timeZone, payload, overlap } = definition;
  const { window, startAt, endAt, maxAge, deadline, description } = definition;
  return JSON.stringify([
    ...[name, tenant, type, version, pool, priority, expression, timeZone, payload, overlap],
    ...[window, startAt, endAt, maxAge, deadline, description],
  ]);
}
