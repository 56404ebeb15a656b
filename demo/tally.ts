import type { LocalEvent } from '../lib/local/index.ts';

/** What the workers said of one job. */
export interface JobTally {
  readonly type: string;
  readonly priority: string;
  retries: number;
  /** Milliseconds from enqueue to the first start; and to the end. */
  toStart: number | undefined;
  toEnd: number | undefined;
  /** How often an end was reported: each job ends exactly once. */
  ends: number;
  outcome: string | undefined;
}

/** The line that a worker writes when an attempt has ended. */
interface SettledLine {
  readonly job_id: string;
  readonly job_type: string;
  readonly priority: string;
  readonly outcome: string;
  readonly age_ms?: number;
  readonly duration_ms?: number;
}

const TROUBLE = ['crash', 'timeout', 'out-of-memory', 'init-error'] as const;

function isTrouble(event: LocalEvent): event is Extract<LocalEvent, { type: (typeof TROUBLE)[number] }> {
  return (TROUBLE as readonly string[]).includes(event.type);
}

const ENDS = new Set(['succeeded', 'dead', 'cancelled', 'expired']);

/** Follows the workers' log lines, as a dashboard would. */
export class Tally {
  readonly jobs = new Map<string, JobTally>();
  readonly trouble: string[] = [];
  ended = 0;
  /** When the first job ended, in milliseconds since this process began. */
  firstEnd: number | undefined;

  follow(event: LocalEvent): void {
    if (event.type !== 'log') {
      if (isTrouble(event)) this.trouble.push(`${event.type}: ${event.message}`);
      return;
    }
    if (!event.line.includes('"job settled"')) return;
    const line = JSON.parse(event.line) as SettledLine;
    const id = line.job_id;
    const job = this.jobs.get(id) ?? newJob(line);
    this.jobs.set(id, job);
    const { outcome, age_ms: age, duration_ms: duration = 0 } = line;
    if (age !== undefined) job.toStart ??= age - duration;
    if (outcome === 'retrying') job.retries++;
    if (!ENDS.has(outcome)) return;
    job.ends++;
    job.outcome = outcome;
    job.toEnd = age;
    this.firstEnd ??= performance.now();
    this.ended++;
  }
}

function newJob({ job_type: type, priority }: SettledLine): JobTally {
  return { type, priority, retries: 0, toStart: undefined, toEnd: undefined, ends: 0, outcome: undefined };
}
