import * as v from 'valibot';
import { MillraceError } from './errors.ts';
import { LIMITS, TENANT_PATTERN } from './limits.ts';
import { PRIORITIES } from './priority.ts';
import { clip } from './shown.ts';

/** The version of an envelope that carries its payload. */
export const ENVELOPE_VERSION = 1;
/**
 * The version of one that does not: its payload stands in the table, in an item of its own. Written only where the payload
 * does not fit what carries the envelope: a build that knows version 1 alone files it as unreadable.
 */
export const REFERENCE_VERSION = 2;

const text = v.pipe(v.string(), v.nonEmpty());
/** Part of a key of the job table: what DynamoDB cannot have in a key would fail the whole request that it stands in. */
const key = v.pipe(
  text,
  v.maxLength(LIMITS.idLength),
  v.check((id) => id.isWellFormed(), 'Invalid text: half of a character'),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LIMITS.count));
const time = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LIMITS.time));

/**
 * What a message carries. Fields that a reader does not know are left alone, so that a newer writer may add some; a
 * change that an older reader would misread takes a new version.
 */
const EnvelopeSchema = v.object({
  v: v.picklist([ENVELOPE_VERSION, REFERENCE_VERSION]),
  /** The job. */
  id: key,
  /** The put of the job's record that this message belongs to: a ULID. */
  gen: key,
  /** The number of this dispatch, from 0. */
  dispatch: count,
  /** Random for each message: tells a redelivery from another copy. */
  nonce: key,
  type: text,
  /** The payload's version. */
  version: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.version)),
  pool: text,
  priority: v.picklist(PRIORITIES),
  tenant: v.optional(v.pipe(v.string(), v.maxLength(LIMITS.tenantLength), v.regex(TENANT_PATTERN))),
  /** The idempotency key that the job was enqueued with. */
  key: v.optional(text),
  /** Attempts already counted when this dispatch was recorded. */
  attempts: count,
  /** Milliseconds since the epoch. */
  runAt: time,
  enqueuedAt: time,
  correlationId: v.optional(text),
  tags: v.optional(v.record(v.string(), v.string())),
  /** Milliseconds since the epoch: the job is not to start after it, nor to run past it. */
  deadline: v.optional(time),
  /** The recurring schedule that made the job, and the time that its tick stands for. */
  schedule: v.optional(text),
  scheduledFor: v.optional(time),
  /** Absent in version 2. */
  payload: v.optional(v.unknown()),
});

export type Envelope = v.InferOutput<typeof EnvelopeSchema>;

/** A message that is not an envelope, or one of a version that this build does not read. */
export class EnvelopeUnreadableError extends MillraceError {
  static override readonly errorName: string = 'EnvelopeUnreadableError';
  override readonly code: string = 'ENVELOPE_UNREADABLE';
}

/** JSON escapes by itself the other characters that SQS refuses. */
const REFUSED = /[\uFFFE\uFFFF]/g;
const REFUSED_OR_ASTRAL = /[\uD800-\uDFFF\uFFFE\uFFFF]/g;

/**
 * A message body. SQS refuses U+FFFE and U+FFFF (SendMessage, API reference), and engines that stand in for it also refuse
 * what lies beyond U+FFFF, emoji say: all of them are escaped. Where that makes the body too large for a message, the
 * latter stay as they are: SQS itself takes them.
 */
export function writeEnvelope(envelope: Envelope): string {
  const json = JSON.stringify(envelope);
  const body = json.replace(REFUSED_OR_ASTRAL, escaped);
  return Buffer.byteLength(body) <= LIMITS.sqsBatchBytes ? body : json.replace(REFUSED, escaped);
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16)}`;
}

/**
 * Reads a message body.
 *
 * @throws {EnvelopeUnreadableError} when it is not JSON, not an envelope, or of an unknown version
 */
export function readEnvelope(body: string): Envelope {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (cause) {
    throw unreadable('The message is not JSON', clip(body, 120), cause);
  }
  const version = typeof json === 'object' && json !== null ? (json as { v?: unknown }).v : undefined;
  if (typeof version === 'number' && version !== ENVELOPE_VERSION && version !== REFERENCE_VERSION) {
    throw unreadable(`The message has envelope version ${version}`, clip(body, 120));
  }
  const parsed = v.safeParse(EnvelopeSchema, json);
  if (!parsed.success) {
    const issues = parsed.issues
      .map((issue) => `${v.getDotPath(issue) ?? 'message'}: ${issue.message}`)
      .join('; ');
    throw unreadable('The message is not a Millrace envelope', clip(issues, 500));
  }
  const { payload, ...envelope } = parsed.output;
  if (envelope.v === REFERENCE_VERSION) return envelope;
  if (!Object.hasOwn(json as object, 'payload'))
    throw unreadable('The message carries no payload', clip(body, 120));
  return { ...envelope, payload };
}

function unreadable(what: string, got: string, cause?: unknown): EnvelopeUnreadableError {
  return new EnvelopeUnreadableError({
    what,
    got,
    expected: `a JSON envelope of version ${ENVELOPE_VERSION} or ${REFERENCE_VERSION}`,
    fix: 'see that only Millrace sends to its queues; the message will be filed as quarantined',
    cause,
  });
}
