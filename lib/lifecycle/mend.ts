import type { Chance, Clock } from '../contract/index.ts';
import { LOG_LINES, type LoggerFactory } from '../observe/index.ts';
import {
  endingOf,
  explain,
  type JobRecord,
  type JobTable,
  redispatchWrite,
  type Write,
} from '../state/index.ts';
import { jobLog } from './job-log.ts';
import { decideSweep, type SweepDecision, type SweepRules } from './sweep-decision.ts';

export interface MendDeps {
  readonly table: JobTable;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: LoggerFactory;
  readonly rules: Omit<SweepRules, 'now'>;
  /** Milliseconds. */
  readonly retention: number;
  readonly deadRetention: number;
}

/** Does what the record asks for, if anything; false: nothing, or the record has moved on since it was read. */
export async function mend(deps: MendDeps, record: JobRecord): Promise<boolean> {
  const now = deps.clock.now();
  const decision = decideSweep(record, { ...deps.rules, now });
  if (decision.do === 'nothing') return false;
  const { write, why } = writeFor(deps, record, { decision, now });
  const { table, chance, deadRetention } = deps;
  // What was read may be old: the write's conditions hold it against the record as it is.
  const result = await table.updateWith(
    explain(write, record, { by: 'sweeper', why, at: now, unique: chance.nonce(), retention: deadRetention }),
  );
  if (result.ok) report(deps, record, { decision, why });
  return result.ok;
}

function writeFor(
  { retention, deadRetention }: MendDeps,
  record: JobRecord,
  { decision, now }: { decision: Exclude<SweepDecision, { do: 'nothing' }>; now: number },
): { write: Write; why: string } {
  if (decision.do !== 'redispatch') return endingOf(record, decision, { now, retention, deadRetention });
  const write = redispatchWrite(record, { now, hops: (record.hops ?? 0) + 1, runAt: now });
  return { write, why: 'none of its messages can exist any more' };
}

function report(
  { logger }: MendDeps,
  record: JobRecord,
  { decision, why }: { decision: SweepDecision; why: string },
) {
  const { priority, pool } = record;
  const log = jobLog(logger, record);
  // Told apart for the alarm: what ends for its deadline may have its message still.
  const mended = decision.do === 'cancel' && decision.overdue ? 'cancel-overdue' : decision.do;
  log.warn(LOG_LINES.mended, { mended, why, priority, pool });
}
