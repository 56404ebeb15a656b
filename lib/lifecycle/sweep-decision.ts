import { isEnded } from '../contract/index.ts';
import { type JobRecord, lastSign } from '../state/index.ts';

/** What the sweeper has to do about one record. */
export type SweepDecision =
  | { readonly do: 'nothing' }
  | { readonly do: 'expire' }
  /** `overdue`: because its deadline passed, which says nothing of its messages. */
  | { readonly do: 'cancel'; readonly overdue: boolean }
  | { readonly do: 'redispatch' }
  | { readonly do: 'bury'; readonly why: string; readonly fix?: string };

export interface SweepRules {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /**
   * The longest that a message can exist anywhere, in milliseconds: as long as EventBridge Scheduler tries to
   * send it, then the retention of a queue and of its dead-letter queue.
   * A job that something happened to within it may have a live message, and is never sent again: a backlog is no loss.
   */
  readonly messageRetention: number;
  readonly lapseLimit: number;
  readonly hopLimit: number;
}

const NOTHING = { do: 'nothing' } as const;

/** Decides by the record alone, with nothing asked of any queue. */
export function decideSweep(record: JobRecord, rules: SweepRules): SweepDecision {
  const { now, messageRetention, lapseLimit, hopLimit } = rules;
  const { status, deadline, leaseUntil = 0, unsettled, hops = 0 } = record;
  if (isEnded(status)) return NOTHING;
  const held = status === 'running' && leaseUntil >= now;
  if (deadline !== undefined && deadline <= now && !held) {
    if (record.cancelRequested) return { do: 'cancel', overdue: true };
    return status === 'running'
      ? { do: 'bury', why: 'the lease lapsed past the deadline' }
      : { do: 'expire' };
  }
  if (status === 'blocked') return NOTHING;
  const quiet = now - lastSign(record) > messageRetention;
  if (!quiet) return NOTHING;
  if (record.cancelRequested) return { do: 'cancel', overdue: false };
  if (status === 'running' && unsettled >= lapseLimit)
    return { do: 'bury', why: 'the lease was lost too often' };
  if (hops >= hopLimit) {
    const fix = 'see who purges the queues of its pool, or takes messages from them, then redrive the job';
    return { do: 'bury', why: 'its messages were lost too often', fix };
  }
  return { do: 'redispatch' };
}
