import { ENVELOPE_VERSION, type Envelope, REFERENCE_VERSION } from '../contract/index.ts';
import { RecordUnreadableError } from './fields.ts';
import type { JobRecord } from './record.ts';

/**
 * The message of a record's dispatch: the record keeps all that is needed to build it, at any time.
 *
 * @throws {RecordUnreadableError} when what is kept as the payload is not JSON
 */
export function envelopeOf(
  record: JobRecord,
  { nonce, payload }: { nonce: string; payload: string },
): Envelope {
  return {
    v: ENVELOPE_VERSION,
    ...told(record, nonce),
    payload: readJson({ id: record.id, name: 'payload', json: payload }),
  };
}

/** The same without the payload: whoever reads it finds that in the table, in an item of its own. */
export function referenceOf(record: JobRecord, { nonce }: { nonce: string }): Envelope {
  return { v: REFERENCE_VERSION, ...told(record, nonce) };
}

function told(record: JobRecord, nonce: string): Omit<Envelope, 'v' | 'payload'> {
  const { id, gen, dispatch, type, version, pool, priority, tenant, key, attempts } = record;
  const { runAt, enqueuedAt, correlationId, tags, deadline, schedule, scheduledFor } = record;
  return {
    ...{ id, gen, dispatch, nonce, type, version, pool, priority, tenant, key, attempts },
    ...{ runAt, enqueuedAt, correlationId, tags, deadline, schedule, scheduledFor },
  };
}

/**
 * The value of a field that keeps JSON.
 *
 * @throws {RecordUnreadableError} when it does not
 */
export function readJson({ id, name, json }: { id: string; name: string; json: string }): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new RecordUnreadableError({ id, problems: [`${name} is not JSON`], cause });
  }
}
