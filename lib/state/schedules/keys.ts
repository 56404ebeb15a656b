import { digest } from '../../contract/index.ts';
import type { Item } from '../record.ts';

/** A schedule: its name is its own among those of its tenant. */
export interface ScheduleKey {
  readonly name: string;
  readonly tenant?: string;
}

type Key = Record<'pk' | 'sk', { S: string }>;

/** Partitions that definitions are spread over, by tenant: a tenant's are read in one query, all of them in as many. */
export const SCHEDULE_SHARDS = 8;

export const DEFINITION = 'schedule';
export const PROGRESS = 'ticks';
export const WAITING = 'waiting';

/** One text for both: no name has a `#`, so the last one divides, whatever the tenant is called. */
export function serialOf({ name, tenant = '' }: ScheduleKey): string {
  return `${tenant}#${name}`;
}

export function scheduleOfSerial(serial: string): ScheduleKey {
  const at = serial.lastIndexOf('#');
  const tenant = serial.slice(0, Math.max(at, 0));
  return { name: serial.slice(at + 1), ...(tenant !== '' && { tenant }) };
}

export function shardOf(tenant = ''): number {
  return Number.parseInt(Buffer.from(digest(tenant)).toString('hex').slice(0, 4), 16) % SCHEDULE_SHARDS;
}

export function shardKey(shard: number): string {
  return `schedules#${shard}`;
}

/** Of a schedule that is made at run time. */
export function definitionKey(key: ScheduleKey): Key {
  return keyOf(shardKey(shardOf(key.tenant)), `${DEFINITION}#${serialOf(key)}`);
}

/** Whether a schedule of the stack is paused. */
export function pauseKey(key: ScheduleKey): Key {
  return keyOf(shardKey(shardOf(key.tenant)), `pause#${serialOf(key)}`);
}

/** How many schedules a tenant has. */
export function quotaKey(tenant = ''): Key {
  return keyOf(shardKey(shardOf(tenant)), `quota#${tenant}`);
}

export function progressPartition(key: ScheduleKey): string {
  return `ticks#${serialOf(key)}`;
}

/** The schedule that an item says the progress of; undefined where it is another item. */
export function scheduleOfProgress({ pk, sk }: Item): ScheduleKey | undefined {
  return sk?.S === PROGRESS && pk?.S ? scheduleOfSerial(pk.S.slice('ticks#'.length)) : undefined;
}

/** The schedule that an item defines; undefined where it is another item. */
export function scheduleOfDefinition({ sk }: Item): ScheduleKey | undefined {
  return sk?.S?.startsWith(`${DEFINITION}#`)
    ? scheduleOfSerial(sk.S.slice(DEFINITION.length + 1))
    : undefined;
}

export function progressKey(key: ScheduleKey): Key {
  return keyOf(progressPartition(key), PROGRESS);
}

/** A tick that waits: in the order of their times. */
export function waitingKey(key: ScheduleKey, { at, id }: { at: number; id: string }): Key {
  return keyOf(progressPartition(key), `${WAITING}#${String(at).padStart(16, '0')}#${id}`);
}

function keyOf(pk: string, sk: string): Key {
  return { pk: { S: pk }, sk: { S: sk } };
}
