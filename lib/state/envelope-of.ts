import { ENVELOPE_VERSION, type Envelope } from '../contract/index.ts';
import type { JobRecord } from './record.ts';

/** The message of a record's dispatch: the record keeps all that is needed to build it, at any time. */
export function envelopeOf(
  record: JobRecord,
  { nonce, payload }: { nonce: string; payload: string },
): Envelope {
  const { id, gen, dispatch, type, version, pool, priority, tenant, key, attempts } = record;
  const { runAt, enqueuedAt, correlationId, tags } = record;
  return {
    v: ENVELOPE_VERSION,
    ...{ id, gen, dispatch, nonce, type, version, pool, priority, tenant, key, attempts },
    ...{ runAt, enqueuedAt, correlationId, tags },
    payload: JSON.parse(payload),
  };
}
