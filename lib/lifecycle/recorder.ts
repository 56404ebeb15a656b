import {
  type Chance,
  type Clock,
  type Envelope,
  isWaiting,
  LIMITS,
  MillraceError,
} from '../contract/index.ts';
import { LOG_LINES, type LoggerFactory } from '../observe/index.ts';
import {
  deathOf,
  decideClaim,
  endingLine,
  endingOf,
  explain,
  hopWait,
  type JobEnding,
  type JobRecord,
  type JobTable,
  redispatchWrite,
} from '../state/index.ts';
import { jobLog } from './job-log.ts';

export interface RecorderDeps {
  readonly table: JobTable;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: LoggerFactory;
  /** Milliseconds. */
  readonly retention: number;
  readonly deadRetention: number;
  readonly lapseLimit: number;
  /** Times that a job is brought back before it is dead. */
  readonly hopLimit: number;
}

/** Between two looks at a message that is ahead of its record: 6 hours, half of what SQS allows. */
const AHEAD_DELAY = LIMITS.sqsVisibility / 2;

/** The job came to a dead-letter queue again and again, although it could be claimed each time. */
class HopsExhaustedError extends MillraceError {
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
  const { table, clock, chance, lapseLimit, retention, deadRetention } = deps;
  let record = await table.get(envelope.id);
  for (;;) {
    const now = clock.now();
    const decision = decideClaim(record, { message: envelope, now, lapseLimit });
    let ending: Recorded;
    switch (decision.do) {
      case 'ack':
        return undefined;
      case 'leave':
        // A waiting job that is early needs no message that lies in a dead-letter queue: the outbox sends it another.
        if (decision.alarm) return alarmed(deps, envelope, decision.why);
        if (!record || !isWaiting(record.status)) return decision.until;
        ending = bringBack(deps, record, now);
        break;
      case 'cancel':
      case 'expire':
      case 'bury':
        ending = endingOf(decision.record, decision, { now, retention, deadRetention });
        break;
      default:
        ending = bringBack(deps, record as JobRecord, now);
    }
    const { write, why } = ending;
    const explanation = { by: 'recorder', why, at: now, unique: chance.nonce(), retention: deadRetention };
    const result = await table.updateWith(explain(write, record as JobRecord, explanation));
    if (result.ok) {
      report(deps, record as JobRecord, ending);
      return undefined;
    }
    // The record moved on since it was read: decide again. Each turn needs another's write, so this ends.
    record = result.old;
  }
}

/**
 * Of a restored table: nothing but a person, or the sweeper when the message is gone, brings its record on. So the message
 * is looked at now and then only, each time with an alarm.
 */
function alarmed({ logger, clock }: RecorderDeps, { id, type, dispatch }: Envelope, why: string): number {
  logger.error('message ahead of its record', { job_id: id, job_type: type, dispatch, why });
  return clock.now() + AHEAD_DELAY;
}

/** What the recorder writes about a job, and how it calls that. */
type Recorded = JobEnding | (Omit<JobEnding, 'outcome' | 'errorName'> & { readonly outcome: 'redispatched' });

/** Claimable: the next dispatch, through the outbox, up to a bound. */
function bringBack({ hopLimit, deadRetention }: RecorderDeps, record: JobRecord, now: number): Recorded {
  const hops = (record.hops ?? 0) + 1;
  if (hops <= hopLimit) {
    const why = 'its message fell into a dead-letter queue';
    // Never before now: its next message lives from then on, and to the sweeper a job due long ago would look lost.
    const runAt = Math.max(record.runAt, now + waitFor(record, { hop: hops, now }));
    return { write: redispatchWrite(record, { now, hops, runAt }), outcome: 'redispatched', why };
  }
  return deathOf(record, { error: new HopsExhaustedError({ hops: hopLimit }), now, deadRetention });
}

/** A job that has less time left than the wait would take gets half of it: the rest is there to run in. */
function waitFor(
  { deadline = Number.POSITIVE_INFINITY }: JobRecord,
  { hop, now }: { hop: number; now: number },
): number {
  return Math.min(hopWait(hop), Math.max(0, Math.floor((deadline - now) / 2)));
}

function report({ logger }: RecorderDeps, record: JobRecord, recorded: Recorded): void {
  const { priority, pool } = record;
  const {
    dispatch = record.dispatch,
    hops = record.hops,
    runAt = record.runAt,
  } = recorded.write.set as Partial<JobRecord>;
  const log = jobLog(logger, record);
  const where = { priority, pool, dispatch, hops };
  if (recorded.outcome === 'redispatched') {
    const { outcome, why } = recorded;
    const line = { ...where, outcome, why, run_at: new Date(runAt).toISOString() };
    log.warn('job brought back from a dead-letter queue', line);
  } else {
    const line = { ...where, ...endingLine(recorded) };
    if (recorded.outcome === 'dead') log.error(LOG_LINES.settled, line);
    else log.info(LOG_LINES.settled, line);
  }
}
