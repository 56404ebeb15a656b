import { LOG_LINES } from '../observe/index.ts';
import type { WatchIndex } from '../state/index.ts';
import { type MendDeps, mend } from './mend.ts';

/** What became of the jobs whose deadline has passed. */
interface Overdue {
  readonly looked: number;
  readonly mended: number;
  /** Records that could not be read, or mended yet: the log names each. */
  readonly failed: number;
  /** Whether it came to all of them. */
  readonly caughtUp: boolean;
}

/** Keys a page, and jobs that are read and ended at the same time. */
const PAGE = 200;
const PARALLEL = 16;

/**
 * Ends the jobs whose deadline passed while no message came for them: their queue is paused, or behind, or has lost it. A
 * bounded number a run: a day's backlog that is overdue all at once is ended over many, and costs no more for it. One that
 * a worker still runs stays, for its signal has fired; it is looked at again by the next run.
 */
export async function lookAfterOverdue(
  deps: MendDeps,
  { index, limit, until }: { index: WatchIndex; limit: number; until: number },
): Promise<Overdue> {
  const { clock, logger } = deps;
  const counts = { looked: 0, mended: 0, failed: 0 };
  const lookAt = async (id: string) => {
    counts.looked++;
    try {
      const record = await deps.table.get(id);
      if (record && (await mend(deps, record))) counts.mended++;
    } catch (error) {
      // One that cannot be read, or ended now, holds up none of the others.
      counts.failed++;
      logger.error(LOG_LINES.unmended, { job_id: id, error_message: String(error) });
    }
  };
  let caughtUp = true;
  pages: for await (const ids of index.due({ now: clock.now(), page: PAGE })) {
    for (let at = 0; at < ids.length; ) {
      const together = clock.now() < until ? Math.min(PARALLEL, limit - counts.mended) : 0;
      if (together <= 0) {
        caughtUp = false;
        break pages;
      }
      await Promise.all(ids.slice(at, at + together).map(lookAt));
      at += together;
    }
  }
  if (counts.looked > 0) logger.info('deadlines looked after', { ...counts, caught_up: caughtUp });
  return { ...counts, caughtUp };
}
