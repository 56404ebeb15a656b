import { type Clock, type Envelope, isWaiting, MillraceError } from '../contract/index.ts';
import { LOG_LINES, type LoggerFactory } from '../observe/index.ts';
import {
  buryWrite,
  cancelWrite,
  decideClaim,
  expireWrite,
  type JobRecord,
  type JobTable,
  redispatchWrite,
  summarise,
  type Write,
} from '../state/index.ts';

export interface RecorderDeps {
  readonly table: JobTable;
  readonly clock: Clock;
  readonly logger: LoggerFactory;
  /** Milliseconds. */
  readonly retention: number;
  readonly deadRetention: number;
  readonly lapseLimit: number;
  /** Times that a job is brought back before it is dead. */
  readonly hopLimit: number;
}

/** The job came to a dead-letter queue again and again, although it could be claimed each time. */
export class HopsExhaustedError extends MillraceError {
  static override readonly errorName: string = 'HopsExhaustedError';
  override readonly code: string = 'HOPS_EXHAUSTED';

  constructor({ hops }: { hops: number }) {
    super({
      what: 'The job came back from its dead-letter queue too often',
      got: `${hops} times`,
      fix: 'see whether the workers of its pool start and can reach the job table, then redrive the job',
    });
  }
}

/**
 * Decides about a job's message in a dead-letter queue, by the same table as a failed claim. Whatever has to be sent
 * goes through the outbox. Returns when the message is to come back, in milliseconds since the epoch; undefined: it is
 * done with.
 */
export async function recordDeadLetter(deps: RecorderDeps, envelope: Envelope): Promise<number | undefined> {
  const { table, clock, lapseLimit, retention, deadRetention } = deps;
  let record = await table.get(envelope.id);
  for (;;) {
    const now = clock.now();
    const decision = decideClaim(record, { message: envelope, now, lapseLimit });
    let write: Write;
    let outcome: string;
    switch (decision.do) {
      case 'ack':
        return undefined;
      case 'leave':
        // A waiting job that is early needs no message that lies in a dead-letter queue: the outbox sends it another.
        if (!record || !isWaiting(record.status) || decision.alarm) return decision.until;
        [write, outcome] = bringBack(deps, record, now);
        break;
      case 'cancel':
        [write, outcome] = [cancelWrite(decision.record, { now, retention }), 'cancelled'];
        break;
      case 'expire':
        [write, outcome] = [expireWrite(decision.record, { now, retention }), 'expired'];
        break;
      case 'bury': {
        const error = summarise(decision.record.type, new Error(decision.why));
        [write, outcome] = [buryWrite(decision.record, { now, retention: deadRetention, error }), 'dead'];
        break;
      }
      default:
        [write, outcome] = bringBack(deps, record as JobRecord, now);
    }
    const result = await table.update(write);
    if (result.ok) {
      report(deps, result.record, outcome);
      return undefined;
    }
    // The record moved on since it was read: decide again. Each turn needs another's write, so this ends.
    record = result.old;
  }
}

/** Claimable: the next dispatch, through the outbox, up to a bound. */
function bringBack(
  { hopLimit, deadRetention }: RecorderDeps,
  record: JobRecord,
  now: number,
): [Write, string] {
  const hops = (record.hops ?? 0) + 1;
  if (hops <= hopLimit) return [redispatchWrite(record, { now, hops }), 'redispatched'];
  const error = summarise(record.type, new HopsExhaustedError({ hops: hopLimit }));
  return [buryWrite(record, { now, retention: deadRetention, error }), 'dead'];
}

function report({ logger }: RecorderDeps, record: JobRecord, outcome: string): void {
  const { id, type, tenant, correlationId, priority, pool, dispatch, hops, error } = record;
  const log = logger.child({ job_id: id, job_type: type, tenant, correlation_id: correlationId });
  const line = { outcome, priority, pool, dispatch, hops, ...(error && { error_message: error.message }) };
  if (outcome === 'redispatched') log.warn('job brought back from a dead-letter queue', line);
  else log.error(LOG_LINES.settled, line);
}
