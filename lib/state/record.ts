import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { LIMITS, type Priority, type Status, type Tags } from '../contract/index.ts';
import {
  count,
  type Field,
  filled,
  key,
  mark,
  one,
  optional,
  priority,
  RecordUnreadableError,
  readFields,
  status,
  tenant,
  text,
  texts,
  textsWith,
  time,
  version,
} from './fields.ts';

/** What a dead or retried job keeps of its last error. */
export interface ErrorSummary {
  readonly name: string;
  /** At most 300 characters. */
  readonly message: string;
  /** Alike for errors of the same kind, whatever ids and numbers they name. */
  readonly fingerprint: string;
}

/**
 * The state item of a job. Times are milliseconds since the epoch, but `expiresAt`, which DynamoDB's TTL wants in
 * seconds. The protocol's fields are described in docs/guarantees.md.
 */
export interface JobRecord {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly pool: string;
  readonly priority: Priority;
  readonly tenant?: string;
  readonly key?: string;
  readonly correlationId?: string;
  readonly tags?: Tags;
  readonly status: Status;
  /** A ULID for each put of the id. */
  readonly gen: string;
  readonly dispatch: number;
  readonly runAt: number;
  readonly attempts: number;
  /** Claims that were never settled: a lapsed lease leaves one behind. */
  readonly unsettled: number;
  /** Times that the recorder brought the job back. */
  readonly hops?: number;
  readonly token?: string;
  readonly leaseUntil?: number;
  /** The nonce of the message that claimed last. */
  readonly holder?: string;
  /** The execution environment that claimed last. */
  readonly worker?: string;
  /** The dispatch that the lifecycle function is to send. */
  readonly out?: number;
  /** When it was asked to, where no start of the job tells that; void once it was claimed since. */
  readonly outAt?: number;
  readonly cancelRequested?: boolean;
  /** The job is not to start at this time or later. */
  readonly deadline?: number;
  readonly enqueuedAt: number;
  /** What it was accepted as, where that was not `queued`. */
  readonly born?: Status;
  /** When what it waited for had ended. */
  readonly unblockedAt?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly expiresAt?: number;
  readonly payloadHash?: string;
  /** JSON; absent where the payload has an item of its own. */
  readonly payload?: string;
  /** 1 where the job has items besides this one: its payload, failed attempts. They go when this one goes. */
  readonly parts?: 1;
  /** JSON. */
  readonly result?: string;
  readonly error?: ErrorSummary;
  /** Set on dead and expired jobs only: the sparse index that lists them. */
  readonly deadShard?: string;
  readonly deadAt?: number;
  /** The dispatch whose one-time schedule the lifecycle function is to delete. */
  readonly drop?: number;
  /** Set on jobs that have a deadline, until they end: the sparse index by which the sweeper finds them. */
  readonly watchShard?: string;
  readonly watchAt?: number;
  /** The recurring schedule that made the job, and the time that its tick stands for. */
  readonly schedule?: string;
  readonly scheduledFor?: number;
  /** The schedule whose next tick waits for this job to end. */
  readonly serial?: string;
  /** Since when builds have postponed the job because they cannot run it (type or version unknown, timeout too long); void once it was claimed since. */
  readonly unknownSince?: number;
}

export type Item = Record<string, AttributeValue>;
export type Value = string | number | boolean | Readonly<Record<string, string>>;

export function attribute(value: Value): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  return { M: Object.fromEntries(Object.entries(value).map(([key, text]) => [key, { S: text }])) };
}

export function toItem(values: object): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) item[name] = attribute(value as Value);
  return item;
}

/** Every attribute of a state item but its keys. What is not optional stands in every record since version 1. */
const FIELDS: Record<Exclude<keyof JobRecord, 'id'>, Field> = {
  ...{ type: filled, version, pool: filled, priority, tenant: optional(tenant), key: optional(filled) },
  ...{ correlationId: optional(filled), tags: optional(texts) },
  ...{
    status,
    gen: key,
    dispatch: count,
    runAt: time,
    attempts: count,
    unsettled: count,
    hops: optional(count),
  },
  ...{ token: optional(key), leaseUntil: optional(time), holder: optional(key), out: optional(count) },
  ...{ outAt: optional(time), worker: optional(text), born: optional(status), unblockedAt: optional(time) },
  ...{ cancelRequested: optional(mark), deadline: optional(time) },
  ...{ enqueuedAt: time, startedAt: optional(time), endedAt: optional(time), expiresAt: optional(time) },
  ...{ payloadHash: optional(text), payload: optional(text), parts: optional(one), result: optional(text) },
  ...{ error: optional(textsWith('name', 'message', 'fingerprint')) },
  ...{ deadShard: optional(text), deadAt: optional(time) },
  ...{ drop: optional(count), watchShard: optional(text), watchAt: optional(time) },
  ...{ schedule: optional(filled), scheduledFor: optional(time), serial: optional(filled) },
  ...{ unknownSince: optional(time) },
};

/**
 * The record of a state item.
 *
 * @throws {RecordUnreadableError} when it is not as Millrace writes it
 */
export function readRecord(item: Item): JobRecord {
  const { pk, sk } = item;
  const id = jobIdOf(item);
  if (id === undefined) {
    const found = `pk is ${pk?.S ?? 'missing'}, sk is ${sk?.S ?? 'missing'}`;
    throw new RecordUnreadableError({ id: pk?.S ?? '', problems: [found] });
  }
  return { id, ...(readFields(item, FIELDS, id) as Omit<JobRecord, 'id'>) };
}

/** The job whose state item has these keys; undefined: they are another item's. */
export function jobIdOf({ pk, sk }: Item): string | undefined {
  const id = pk?.S?.startsWith(JOB) ? pk.S.slice(JOB.length) : '';
  return id === '' || id.length > LIMITS.idLength || sk?.S !== STATE ? undefined : id;
}

const JOB = 'job#';
export const STATE = 'state';
const PAYLOAD = 'payload#';

/** Whether a sort key is that of a payload with an item of its own. */
export function isPayloadKey(sk: string): boolean {
  return sk.startsWith(PAYLOAD);
}

/** A payload of its own belongs to one put of the id: what an earlier one left behind may be deleted at any time. */
export function payloadKey({ id, gen }: Pick<JobRecord, 'id' | 'gen'>): {
  pk: { S: string };
  sk: { S: string };
} {
  return { pk: { S: partitionKey(id) }, sk: { S: PAYLOAD + gen } };
}

export function partitionKey(id: string): string {
  return JOB + id;
}

export function stateKey(id: string): { pk: { S: string }; sk: { S: string } } {
  return { pk: { S: partitionKey(id) }, sk: { S: STATE } };
}

export function stateItem(record: JobRecord): Item {
  const { id, ...values } = record;
  return toItem({ pk: partitionKey(id), sk: STATE, ...values });
}
