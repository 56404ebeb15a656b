import { type Envelope, MillraceError, REFERENCE_VERSION } from '../contract/index.ts';
import { readJson } from '../state/index.ts';
import type { WorkerDeps } from './deps.ts';

/** The message refers to a payload that the table does not have. */
export class PayloadGoneError extends MillraceError {
  static override readonly errorName: string = 'PayloadGoneError';
  override readonly code: string = 'PAYLOAD_GONE';

  constructor({ id }: { id: string }) {
    super({
      what: `The payload of the job '${id}' is not in the job table`,
      expected: 'an item of its own beside the record, as the message says',
      fix: 'see who deletes items of the table; then redrive the job with a payload, or enqueue it anew',
      context: { id },
    });
  }
}

/**
 * A claimed job's payload: the message's own, or the table's where the message only refers to it.
 *
 * @throws {PayloadGoneError | RecordUnreadableError} there is none, or none that can be read: no later try finds another
 */
export async function payloadOf({ table }: WorkerDeps, envelope: Envelope): Promise<unknown> {
  if (envelope.v !== REFERENCE_VERSION) return envelope.payload;
  const json = await table.storedPayload(envelope);
  if (json === undefined) throw new PayloadGoneError(envelope);
  return readJson({ id: envelope.id, name: 'payload', json });
}
