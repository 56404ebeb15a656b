import { type Clock, isEnded, LIMITS } from '../contract/index.ts';
import { LOG_LINES, type LoggerFactory } from '../observe/index.ts';
import {
  type Item,
  type JobTable,
  readableJob,
  readSchedule,
  type ScheduleKey,
  type ScheduleTable,
  scheduleOfDefinition,
  scheduleOfProgress,
} from '../state/index.ts';

export interface StalledDeps {
  readonly table: JobTable;
  readonly schedules: ScheduleTable;
  readonly clock: Clock;
  readonly logger: LoggerFactory;
}

/**
 * Has the lifecycle function come again to a schedule that it should have come to: whose change it has not brought about,
 * or whose next job still waits although the one before has ended. False: there is nothing to ask for.
 */
export async function askAgain(deps: StalledDeps, item: Item): Promise<boolean> {
  const waiting = scheduleOfProgress(item);
  const key = waiting ?? scheduleOfDefinition(item);
  if (!key) return false;
  const asked = await (waiting ? askForTurn(deps, key) : askForChange(deps, item));
  if (asked) {
    const { name: schedule, tenant } = key;
    const why = 'its schedule stood still';
    deps.logger.warn(LOG_LINES.mended, { mended: waiting ? 'turn' : 'change', why, schedule, tenant });
  }
  return asked;
}

async function askForTurn(deps: StalledDeps, key: ScheduleKey): Promise<boolean> {
  const { schedules, clock } = deps;
  const progress = await schedules.progress(key);
  const current = progress.current === undefined ? undefined : await readableJob(deps, key, progress.current);
  if (progress.waiting === 0 || (current && !isEnded(current.status))) return false;
  return schedules.askForTurn(key, progress, clock.now());
}

/** Another revision of the same: the stream says nothing of a write that changes nothing. */
async function askForChange({ schedules, clock }: StalledDeps, item: Item): Promise<boolean> {
  const before = readSchedule(item);
  if (before.out === undefined || clock.now() - before.updatedAt < LIMITS.sqsDelay) return false;
  const rev = before.rev + 1;
  const record = { ...before, rev, out: rev, updatedAt: clock.now() };
  return (await schedules.save({ record, before, quota: LIMITS.count })) === 'saved';
}
