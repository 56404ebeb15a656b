import type { JobsSeen } from './jobs-seen.ts';
import { STACK } from './pool-queues.ts';

/** The sweeper's round over the table, and the deletion of expired records, in milliseconds. */
const ROUND = 86_400_000;

/**
 * When the sweeper has something to do. On AWS it runs every quarter of an hour; here only at those of them at which a
 * deadline has passed since the last, and once a day.
 */
export class Sweeping {
  readonly #jobs: JobsSeen;
  readonly #since: number;
  #lastRun: number;

  /** @param since when its quarters of an hour are counted from, in milliseconds since the epoch */
  constructor({ jobs, since }: { jobs: JobsSeen; since: number }) {
    this.#jobs = jobs;
    this.#since = since;
    this.#lastRun = since;
  }

  /** When it next has, in milliseconds since the epoch; undefined: there are no jobs. */
  next(): number | undefined {
    if (this.#jobs.size === 0) return undefined;
    const day = this.#runAfter(this.#lastRun, ROUND);
    const overdue = Math.min(
      ...this.#jobs.unended().map(({ watchAt = Number.POSITIVE_INFINITY }) => watchAt),
    );
    if (overdue === Number.POSITIVE_INFINITY) return day;
    return Math.min(day, this.#runAfter(Math.max(overdue - 1, this.#lastRun), STACK.sweepInterval));
  }

  due(now: number): boolean {
    const next = this.next();
    return next !== undefined && next <= now;
  }

  ran(now: number): void {
    this.#lastRun = now;
  }

  /** The first of its runs, one each `interval`, that comes after a time. */
  #runAfter(time: number, interval: number): number {
    return this.#since + (Math.floor((time - this.#since) / interval) + 1) * interval;
  }
}
