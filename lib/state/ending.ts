import type { MillraceError } from '../contract/index.ts';
import { summarise } from './error-summary.ts';
import { JobLostError } from './job-lost-error.ts';
import type { JobRecord } from './record.ts';
import { buryWrite, cancelWrite, expireWrite } from './settle.ts';
import type { Write } from './write.ts';

/** That a job ends although no execution ends it: decided at a claim, by the recorder and by the sweeper. */
type EndDecision =
  | { readonly do: 'cancel' }
  | { readonly do: 'expire' }
  | { readonly do: 'bury'; readonly why: string; readonly fix?: string };

/** How long the records of ended and of dead jobs are kept, in milliseconds. */
interface Retentions {
  readonly retention: number;
  readonly deadRetention: number;
}

/** An end, as it is written, logged and told in the job's history. */
export interface JobEnding {
  readonly write: Write;
  readonly outcome: 'cancelled' | 'expired' | 'dead';
  readonly why: string;
  /** The name of the error that a dead job's record keeps. */
  readonly errorName?: string;
}

/** What the log line of an end has besides who and where: as an attempt's line names its error. */
export function endingLine({ outcome, why, errorName }: JobEnding): Readonly<Record<string, string>> {
  return { outcome, ...(errorName !== undefined && { error_name: errorName }), error_message: why };
}

/** The same write and words, whoever finds that the job has to end. */
export function endingOf(
  record: JobRecord,
  decision: EndDecision,
  { now, retention, deadRetention }: Retentions & { readonly now: number },
): JobEnding {
  switch (decision.do) {
    case 'cancel': {
      const why = 'a cancel was requested';
      return { write: cancelWrite(record, { now, retention }), outcome: 'cancelled', why };
    }
    case 'expire': {
      const why = 'the deadline passed';
      return { write: expireWrite(record, { now, retention }), outcome: 'expired', why };
    }
    case 'bury':
      return deathOf(record, { error: new JobLostError(decision), why: decision.why, now, deadRetention });
  }
}

/** The end of a job that no handler failed. `why` defaults to what the error says. */
export function deathOf(
  record: JobRecord,
  {
    error,
    why = error.message,
    now,
    deadRetention,
  }: { error: MillraceError; why?: string; now: number; deadRetention: number },
): JobEnding {
  const summary = summarise(record.type, error);
  return {
    write: buryWrite(record, { now, retention: deadRetention, error: summary }),
    outcome: 'dead',
    why,
    errorName: summary.name,
  };
}
