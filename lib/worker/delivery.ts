import type { SQSRecord } from 'aws-lambda';
import { type Envelope, EnvelopeUnreadableError, readEnvelope } from '../contract/index.ts';

/** One message of a batch that carries an envelope. */
export interface Delivery {
  readonly source: SQSRecord;
  readonly envelope: Envelope;
  /** Drawn before the first try to claim, so that a lost response recognises its own write. */
  readonly token: string;
}

/** One message of a batch that no envelope could be read from. */
export interface Unreadable {
  readonly source: SQSRecord;
  readonly error: EnvelopeUnreadableError;
}

/** Reads every message of a batch; one that cannot be read is set apart and holds up none of the others. */
export function readBatch(
  records: readonly SQSRecord[],
  token: () => string,
): { readable: Delivery[]; unreadable: Unreadable[] } {
  const readable: Delivery[] = [];
  const unreadable: Unreadable[] = [];
  for (const source of records) {
    try {
      readable.push({ source, envelope: readEnvelope(source.body), token: token() });
    } catch (error) {
      if (!(error instanceof EnvelopeUnreadableError)) throw error;
      unreadable.push({ source, error });
    }
  }
  return { readable, unreadable };
}
