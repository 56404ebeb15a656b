import type { SQSRecord } from 'aws-lambda';
import {
  type Envelope,
  EnvelopeUnreadableError,
  readEnvelope,
  readTick,
  type Tick,
} from '../contract/index.ts';

/** One message of a batch that carries an envelope. */
export interface Delivery {
  readonly source: SQSRecord;
  readonly envelope: Envelope;
  /** Drawn before the first try to claim, so that a lost response recognises its own write. */
  readonly token: string;
}

/** One message of a batch that a schedule sent. */
export interface Ticking {
  readonly source: SQSRecord;
  readonly tick: Tick;
}

/** One message of a batch that no envelope could be read from. */
export interface Unreadable {
  readonly source: SQSRecord;
  readonly error: EnvelopeUnreadableError;
}

/** What a batch holds, each kind by itself. */
export interface Deliveries {
  readonly readable: readonly Delivery[];
  readonly ticks: readonly Ticking[];
  readonly unreadable: readonly Unreadable[];
}

/** Reads every message of a batch; one that cannot be read is set apart and holds up none of the others. */
export function readBatch(records: readonly SQSRecord[], token: () => string): Deliveries {
  const readable: Delivery[] = [];
  const ticks: Ticking[] = [];
  const unreadable: Unreadable[] = [];
  for (const source of records) {
    try {
      readable.push({ source, envelope: readEnvelope(source.body), token: token() });
    } catch (error) {
      if (!(error instanceof EnvelopeUnreadableError)) throw error;
      const read = tickOf(source, error);
      if ('tick' in read) ticks.push(read);
      else unreadable.push(read);
    }
  }
  return { readable, ticks, unreadable };
}

/** Few messages are ticks: only what is no envelope is looked at for one. */
function tickOf(source: SQSRecord, problem: EnvelopeUnreadableError): Ticking | Unreadable {
  try {
    const tick = readTick(source.body);
    return tick ? { source, tick } : { source, error: problem };
  } catch (error) {
    if (!(error instanceof EnvelopeUnreadableError)) throw error;
    return { source, error };
  }
}
