import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type Chance, isEnded, LIMITS, type Tick, tickId } from '../../contract/index.ts';
import { toItem } from '../record.ts';
import { type ScheduleKey, waitingKey } from './keys.ts';
import { type Progress, skipping, turnWrite, wasSkipped } from './progress.ts';
import { type ReadableJobDeps, readableJob } from './readable-job.ts';
import { ScheduleBusyError } from './schedule-busy-error.ts';
import type { ScheduleTable } from './schedule-table.ts';
import { birthWrites, tickJob } from './tick-record.ts';

/** Why a tick made no job. */
export type TickDrop =
  /** It had made one already. */
  | 'duplicate'
  /** It came after its maximum age. */
  | 'late'
  /** Its schedule is paused. */
  | 'paused'
  /** Its schedule was deleted since. */
  | 'deleted'
  /** An earlier job of the schedule had not ended, and the schedule says `skip`. */
  | 'overlap'
  /** As many as may wait did already. */
  | 'full';

export type TickOutcome =
  | { readonly made: true; readonly id: string; readonly status: 'queued' | 'blocked' }
  | { readonly made: false; readonly id: string; readonly why: TickDrop };

export interface TickDeps extends ReadableJobDeps {
  readonly schedules: ScheduleTable;
  readonly chance: Chance;
}

export interface AcceptTick {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** @default by the schedule and the time */
  readonly id?: string;
  /**
   * Asked for by a person: neither age nor a pause stands in its way, and it waits rather than being skipped where more
   * than one is asked for.
   * @default by EventBridge Scheduler
   */
  readonly asked?: 'trigger' | 'backfill';
}

/** Decisions that others may get ahead with before this one is given up for now. */
const TRIES = 30;

/**
 * Makes the job of a tick, once: delivered again, late, by two workers at the same time, or after a crash at any point, it
 * is the same job or none. The record is born in the outbox, in the same write as whatever else the decision changes.
 *
 * @throws {ScheduleBusyError} others kept deciding about the same schedule: retryable
 */
export async function acceptTick(deps: TickDeps, tick: Tick, options: AcceptTick): Promise<TickOutcome> {
  const { now, asked } = options;
  const id = options.id ?? tickId(tick);
  const key = { name: tick.schedule, tenant: tick.tenant };
  const drop = async (why: TickDrop): Promise<TickOutcome> => {
    // What made its job and comes again is no loss, whatever holds now.
    const made = why !== 'duplicate' && (await deps.table.has(id));
    return { made: false, id, why: made ? 'duplicate' : why };
  };
  if (asked === undefined) {
    if (now - tick.at > tick.maxAge) return drop('late');
    const refusal = await refused(deps, tick, key);
    if (refusal) return drop(refusal);
  }
  for (let tries = 0; tries < TRIES; tries++) {
    const decision = await decide(deps, { tick, key, id, ...options });
    if ('status' in decision) {
      const { status, writes } = decision;
      const written = await deps.schedules.transact(writes);
      if (written === 'done') return { made: true, id, status };
      const [birth] = written.failed;
      if (birth) return drop('duplicate');
    } else {
      const outcome = await drop(decision.drop);
      const { writes } = decision;
      if (!writes || (!outcome.made && outcome.why === 'duplicate')) return outcome;
      if ((await deps.schedules.transact(writes)) === 'done') return outcome;
    }
  }
  throw new ScheduleBusyError(key);
}

/** Pauses and deletions hold for ticks that were under way. A tick of the stack's says no revision. */
async function refused(
  { schedules }: TickDeps,
  { rev }: Tick,
  key: ScheduleKey,
): Promise<'paused' | 'deleted' | undefined> {
  if (rev === undefined) return (await schedules.isPaused(key)) ? 'paused' : undefined;
  const definition = await schedules.definition(key);
  if (!definition || definition.deleted) return 'deleted';
  return definition.paused ? 'paused' : undefined;
}

type Decision =
  | { readonly status: 'queued' | 'blocked'; readonly writes: TransactWriteItem[] }
  | { readonly drop: TickDrop; readonly writes?: TransactWriteItem[] };

/** What becomes of a tick as things stand: the record of its job is the first of the writes. */
async function decide(
  deps: TickDeps,
  given: AcceptTick & {
    readonly tick: Tick;
    readonly key: ScheduleKey;
    readonly id: string;
  },
): Promise<Decision> {
  const { schedules, chance } = deps;
  const { tick, key, id, now, asked } = given;
  const { tableName } = schedules;
  const births = (status: 'queued' | 'blocked') =>
    birthWrites(tableName, tickJob(tick, { id, now, chance, status, asked: asked !== undefined }));
  if (tick.overlap === 'allow') return { status: 'queued', writes: births('queued') };
  const before = await schedules.progress(key);
  const turn = (change: Partial<Progress>) => turnWrite({ tableName, key, now, before, change });
  if (before.current === id) return { drop: 'duplicate' };
  if (asked === undefined && wasSkipped(before, tick.at)) return { drop: 'overlap' };
  const last = before.current === undefined ? undefined : await readableJob(deps, key, before.current);
  const busy = last !== undefined && !isEnded(last.status);
  if (!busy && before.waiting === 0) {
    return { status: 'queued', writes: [...births('queued'), turn({ current: id })] };
  }
  // The job before has ended and nobody let the next one go: the lifecycle function is asked to.
  const stalled = busy ? undefined : { out: before.turn + 1 };
  if (tick.overlap === 'skip' && asked !== 'backfill') {
    const skipped = asked === undefined ? { skipped: skipping(before, tick.at) } : undefined;
    return { drop: 'overlap', ...((skipped ?? stalled) && { writes: [turn({ ...skipped, ...stalled })] }) };
  }
  const most = asked === 'backfill' ? LIMITS.waitingTicks + LIMITS.backfill : LIMITS.waitingTicks;
  if (before.waiting >= most) return { drop: 'full' };
  const place = { ...waitingKey(key, { at: tick.at, id }), ...toItem({ id }) };
  return {
    status: 'blocked',
    writes: [
      ...births('blocked'),
      { Put: { TableName: tableName, Item: place } },
      turn({ waiting: before.waiting + 1, ...stalled }),
    ],
  };
}
