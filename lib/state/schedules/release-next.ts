import { isEnded } from '../../contract/index.ts';
import type { Item } from '../record.ts';
import type { ScheduleKey } from './keys.ts';
import { turnWrite } from './progress.ts';
import { type ReadableJobDeps, readableJob } from './readable-job.ts';
import { ScheduleBusyError } from './schedule-busy-error.ts';
import type { ScheduleTable } from './schedule-table.ts';
import { unblockWrite } from './tick-record.ts';

const TRIES = 200;

/**
 * Lets the next waiting job of a schedule go, once the one before it has ended; the id of the job that was let go, if any.
 * A job that ended while it waited, or whose record was spoilt, is passed over. Called twice, or for any job's end, it changes nothing that it should not.
 *
 * @throws {ScheduleBusyError} others kept deciding about the same schedule: retryable
 */
export async function releaseNext(
  deps: ReadableJobDeps & { readonly schedules: ScheduleTable },
  key: ScheduleKey,
  { now }: { readonly now: number },
): Promise<string | undefined> {
  const { schedules } = deps;
  const { tableName } = schedules;
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await schedules.progress(key);
    const turn = (change: Parameters<typeof turnWrite>[0]['change']) =>
      turnWrite({ tableName, key, now, before, change: { out: undefined, ...change } });
    const current = before.current === undefined ? undefined : await readableJob(deps, key, before.current);
    if (current && !isEnded(current.status)) {
      if (before.out === undefined || (await schedules.transact([turn({})])) === 'done') return undefined;
      continue;
    }
    const first = before.waiting === 0 ? undefined : await schedules.firstWaiting(key);
    if (!first) {
      const idle = before.current === undefined && before.out === undefined && before.waiting === 0;
      const rest = [turn({ current: undefined, waiting: 0 })];
      if (idle || (await schedules.transact(rest)) === 'done') return undefined;
      continue;
    }
    const id = first['id']?.S ?? '';
    const leave = { Delete: { TableName: tableName, Key: keyOf(first) } };
    const next = id === '' ? undefined : await readableJob(deps, key, id);
    const waiting = Math.max(before.waiting - 1, 0);
    if (next?.status !== 'blocked') {
      // Cancelled, expired, deleted or spoilt while it waited.
      await schedules.transact([leave, turn({ waiting })]);
      continue;
    }
    const go = unblockWrite(tableName, next, now);
    const written = await schedules.transact([go, leave, turn({ current: id, waiting })]);
    if (written === 'done') return id;
  }
  throw new ScheduleBusyError(key);
}

function keyOf({ pk, sk }: Item): Item {
  return { ...(pk && { pk }), ...(sk && { sk }) };
}
