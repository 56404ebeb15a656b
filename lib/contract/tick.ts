import * as v from 'valibot';
import { EnvelopeUnreadableError } from './envelope.ts';
import { keyedId } from './ids.ts';
import { PayloadTooLargeError } from './input-errors.ts';
import { LIMITS, NAME_PATTERN, TENANT_PATTERN } from './limits.ts';
import { PRIORITIES } from './priority.ts';
import { OVERLAPS, type Schedule } from './schedule.ts';
import { clip } from './shown.ts';

/** The version of the tick that this library writes, and the newest that it reads. */
export const TICK_VERSION = 1;

/** What EventBridge Scheduler puts the time of a firing in the place of, such as `2027-03-22T18:59:00Z`. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

const text = v.pipe(v.string(), v.nonEmpty());
/** Of a job type, of a pool: they become text of the record. */
const name = v.pipe(text, v.maxLength(LIMITS.nameLength), v.regex(NAME_PATTERN));
const duration = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LIMITS.time));

/**
 * What one firing of a schedule carries: all that its job's record is built from, so that any worker of the pool can make
 * the job. Fields that a reader does not know are left alone, so that a newer writer may add some.
 */
const TickSchema = v.object({
  schedule: v.pipe(text, v.maxLength(LIMITS.scheduleNameLength), v.regex(NAME_PATTERN)),
  tenant: v.optional(v.pipe(v.string(), v.maxLength(LIMITS.tenantLength), v.regex(TENANT_PATTERN))),
  /** Set by schedules that are made at run time: the revision that the firing schedule was made of. */
  rev: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.count))),
  job: v.object({
    type: name,
    version: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.version)),
    pool: name,
    priority: v.picklist(PRIORITIES),
  }),
  overlap: v.picklist(OVERLAPS),
  /** Milliseconds after `at`: a tick that comes later makes no job. */
  maxAge: duration,
  /** Milliseconds after `at`: the deadline of the job. */
  deadline: v.optional(duration),
  /** The time that the firing stands for, in milliseconds since the epoch. */
  at: v.pipe(
    v.string(),
    v.isoTimestamp(),
    v.transform((time) => Date.parse(time)),
    v.integer(),
    v.minValue(0),
    v.maxValue(LIMITS.time),
  ),
  payload: v.unknown(),
});

/** One firing of a schedule. */
export type Tick = v.InferOutput<typeof TickSchema>;

/** A message that says to be a tick and is none, or one of a version that this build does not read. */
export class TickUnreadableError extends EnvelopeUnreadableError {
  static override readonly errorName: string = 'TickUnreadableError';
  override readonly code: string = 'TICK_UNREADABLE';
}

/** What is left of a declaration for its ticks to carry. */
export type TickSource = Omit<Tick, 'at'>;

/** What the ticks of a schedule carry. Its window counts as no delay. */
export function tickSource(schedule: Schedule, options: { readonly rev?: number } = {}): TickSource {
  const { name, tenant, job, priority, overlap, maxAge, window, payload } = schedule;
  const { name: type, version, pool, deadline } = job;
  return {
    ...{ schedule: name, tenant, rev: options.rev, job: { type, version, pool, priority } },
    ...{ overlap, maxAge: maxAge + window, payload },
    deadline: deadline === undefined ? undefined : deadline + window,
  };
}

/** The body of the message of a tick; `at` in milliseconds since the epoch. */
export function writeTick(source: TickSource, at: number): string {
  return bodyOf(source, new Date(at).toISOString());
}

/**
 * The Input of an EventBridge Scheduler target `aws-sdk:sqs:sendMessage` that sends a schedule's ticks to a queue. Only the
 * time of the firing is Scheduler's to fill in: a payload that looks like one of its attributes stays as it is.
 *
 * @throws {PayloadTooLargeError} when it is larger than Scheduler takes
 */
export function tickInput({ queueUrl, ...source }: TickSource & { readonly queueUrl: string }): string {
  const input = JSON.stringify({
    QueueUrl: queueUrl,
    MessageBody: bodyOf(source, SCHEDULED_TIME),
    // Fair queues keep tenants apart by it; without a tenant there is nothing to keep apart.
    MessageGroupId: source.tenant,
  });
  const bytes = Buffer.byteLength(input);
  const limit = LIMITS.scheduleInputBytes;
  if (bytes > limit) throw new PayloadTooLargeError({ type: source.job.type, bytes, limit });
  return input;
}

/** SQS refuses the first two; Scheduler would read the third as the beginning of an attribute of its own. */
const ESCAPED = /[\uFFFE\uFFFF<]/g;

function bodyOf(source: TickSource, at: string): string {
  const json = JSON.stringify({ v: TICK_VERSION, tick: { ...source, at: '' } });
  const escaped = json.replace(ESCAPED, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  // `at` is the last field but the braces, and empty there: nothing of the payload can be mistaken for it.
  return `${escaped.slice(0, -'"}}'.length)}${at}"}}`;
}

/**
 * The tick that a message body carries; undefined where it does not say that it is one.
 *
 * @throws {TickUnreadableError} when it says so and is none, or is of an unknown version
 */
export function readTick(body: string): Tick | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    // Not JSON, and so no tick; readEnvelope says what is wrong with it.
    return undefined;
  }
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, 'tick')) return undefined;
  const { v: version, tick } = json as { v?: unknown; tick: unknown };
  if (version !== TICK_VERSION)
    throw unreadable(`The tick has version ${JSON.stringify(version)}`, clip(body, 120));
  const parsed = v.safeParse(TickSchema, tick);
  if (!parsed.success) {
    const issues = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'tick'}: ${issue.message}`);
    throw unreadable('The message is not a tick of a schedule', clip(issues.join('; '), 500));
  }
  if (!Object.hasOwn(tick as object, 'payload'))
    throw unreadable('The tick carries no payload', clip(body, 120));
  checkStorable(parsed.output.payload);
  return parsed.output;
}

/** A tick whose payload no record can hold would come back for ever. */
function checkStorable(payload: unknown): void {
  let bytes: number;
  try {
    bytes = Buffer.byteLength(JSON.stringify(payload));
  } catch (error) {
    // JSON.parse follows any depth, JSON.stringify as far as the stack goes.
    throw unreadable('The payload of the tick cannot be stored', clip(String(error), 120));
  }
  if (bytes > LIMITS.payloadBytes) {
    const got = `a payload of ${bytes} bytes; ${LIMITS.payloadBytes} fit into a record`;
    throw unreadable('The payload of the tick is too large', got);
  }
}

/**
 * The id of a tick's job: the same tenant, schedule and time give the same id, so that a tick delivered twice is one job. No
 * job type's name has a space in it: an idempotency key of a caller's own is another id.
 */
export function tickId({ tenant, schedule, at }: Pick<Tick, 'tenant' | 'schedule' | 'at'>): string {
  return keyedId({ tenant, type: `schedule ${schedule}`, key: new Date(at).toISOString() });
}

function unreadable(what: string, got: string): TickUnreadableError {
  return new TickUnreadableError({
    what,
    got,
    expected: `a JSON tick of version ${TICK_VERSION}`,
    fix: 'see that only Millrace and its schedules send to its queues; the message will be filed as quarantined',
  });
}
