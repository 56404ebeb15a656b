import canonicalize from 'canonicalize';
import {
  type Chance,
  checkCorrelationId,
  checkIdempotencyKey,
  checkLevels,
  checkPriority,
  checkTags,
  checkTenant,
  deadlineOf,
  digest,
  isFar,
  type JobType,
  keyedId,
  LIMITS,
  PayloadInvalidError,
  PayloadTooLargeError,
  parseWith,
} from '../contract/index.ts';
import { fitsOneWriteUnit, type JobRecord, type NewRecord, stateItem, watchedUntil } from '../state/index.ts';
import { dueAt } from './due.ts';
import type { EnqueueOptions } from './options.ts';

/** A job that passed every check, before anything is written. */
export interface Prepared extends NewRecord {
  /** JSON, wherever it will stand. */
  readonly json: string;
  /** Over 15 minutes away: the outbox's to dispatch. */
  readonly far: boolean;
}

/**
 * Checks payload and options and builds the record.
 *
 * @throws {PayloadInvalidError | PayloadTooLargeError | InvalidOptionError} nothing is written
 */
export async function prepare(
  type: JobType,
  payload: unknown,
  { options, now, chance }: { options: EnqueueOptions; now: number; chance: Chance },
): Promise<Prepared> {
  const json = await checkedJson(type, payload);
  const { idempotencyKey, tenant, tags, correlationId } = options;
  if (tenant !== undefined) checkTenant(tenant);
  if (idempotencyKey !== undefined) checkIdempotencyKey(idempotencyKey);
  if (correlationId !== undefined) checkCorrelationId(correlationId);
  const labels = tags === undefined ? undefined : checkTags(tags);
  const runAt = dueAt(options, { now });
  const deadline = deadlineOf(options.deadline, { ofType: type.deadline, now, runAt });
  const key = idempotencyKey;
  const id = key === undefined ? chance.ulid(now) : keyedId({ tenant, type: type.name, key });
  const record: JobRecord = {
    id,
    type: type.name,
    version: type.version,
    pool: type.pool,
    priority: checkPriority(options.priority ?? type.priority),
    tenant,
    key,
    correlationId,
    tags: labels && Object.keys(labels).length > 0 ? labels : undefined,
    ...(runAt > now ? { status: 'scheduled', born: 'scheduled' } : { status: 'queued' }),
    gen: chance.ulid(now),
    dispatch: 0,
    runAt,
    attempts: 0,
    unsettled: 0,
    enqueuedAt: now,
    deadline,
    ...watchedUntil(id, deadline),
    payloadHash: key === undefined ? undefined : payloadHash(json, type.name),
  };
  const far = isFar(runAt, now);
  // A payload in an item of its own is stored after the record: what is born in the outbox would be sent without it.
  const inline = { ...record, ...(far && { out: record.dispatch }), payload: json };
  if (fitsOneWriteUnit(stateItem(inline))) return { record: inline, json, far };
  return { record: { ...record, parts: 1 }, payload: json, json, far };
}

/** Payloads travel as JSON, so the schema judges what JSON leaves of them: what passes here is what the worker reads. */
export async function checkedJson(type: JobType, payload: unknown): Promise<string> {
  const json = jsonOf(type, payload);
  const bytes = Buffer.byteLength(json);
  const limit = LIMITS.payloadBytes;
  if (bytes > limit) throw new PayloadTooLargeError({ type: type.name, bytes, limit });
  await parseWith(type.schema, JSON.parse(json), type.name);
  return json;
}

/**
 * A payload, or a patch of one, as JSON that any Node can follow.
 *
 * @throws {PayloadInvalidError} it has no form in JSON, or nests too deep
 */
export function jsonOf(type: JobType, payload: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(payload);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new PayloadInvalidError({ type: type.name, issues: [{ path: '', message }], cause });
  }
  if (json === undefined) {
    const issues = [{ path: '', message: `${typeof payload} has no form in JSON` }];
    throw new PayloadInvalidError({ type: type.name, issues });
  }
  checkLevels(type.name, json);
  return json;
}

/** RFC 8785: the same payload has the same hash, whatever the order of its keys. */
function payloadHash(json: string, type: string): string {
  try {
    return digest(canonicalize(JSON.parse(json)) as string);
  } catch (cause) {
    // Half a surrogate pair has no canonical form.
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new PayloadInvalidError({ type, issues: [{ path: '', message }], cause });
  }
}
