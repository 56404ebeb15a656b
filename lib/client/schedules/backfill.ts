import {
  type Chance,
  firings,
  InvalidOptionError,
  LIMITS,
  parseExpression,
  tickId,
} from '../../contract/index.ts';
import { acceptTick, type JobTable, type ScheduleTable } from '../../state/index.ts';
import type { BackfillEntry } from './options.ts';
import { spanOf } from './put-schedule.ts';
import type { Found } from './schedule-view.ts';

export interface BackfillDeps {
  readonly table: JobTable;
  readonly schedules: ScheduleTable;
  readonly chance: Chance;
}

/** Jobs of one backfill that are written at the same time, where they may overlap. */
const AT_ONCE = 10;

/**
 * The firings of a schedule that are to be made up for.
 *
 * @throws {InvalidOptionError} the span is none, reaches into the future, or holds too many
 */
export function missedFirings(
  { view }: Found,
  { from, to, now }: { from: Date; to: Date; now: number },
): Date[] {
  const [begin, end] = [time(from, 'from'), time(to, 'to')];
  if (begin >= end) {
    const got = `${to.toISOString()}, with from ${from.toISOString()}`;
    throw new InvalidOptionError({ option: 'to', got, expected: 'a time after from' });
  }
  if (end > now) {
    const expected = 'now at the latest: what is to come, the schedule itself makes';
    throw new InvalidOptionError({ option: 'to', got: to.toISOString(), expected });
  }
  const expression = parseExpression(view.expression);
  // EventBridge Scheduler counts a rate of the stack's from whenever it was deployed.
  if (expression.kind === 'rate' && view.source === 'catalog') {
    throw new InvalidOptionError({
      option: 'name',
      got: `'${view.name}', a rate of the catalog`,
      expected: 'a schedule whose times are known: a cron, or a rate that was put at run time',
    });
  }
  const span = { timeZone: view.timeZone, startAt: view.startAt?.getTime(), endAt: view.endAt?.getTime() };
  const found = firings(expression, { ...spanOf(span, begin, LIMITS.backfill + 1), to });
  if (found.length <= LIMITS.backfill) return found;
  throw new InvalidOptionError({
    option: 'from, to',
    got: `more than ${LIMITS.backfill} firings`,
    expected: `a span with at most ${LIMITS.backfill} firings; make up for a longer one in parts`,
  });
}

/** Makes the job of each firing that has none, in the order of their times. */
export async function backfill(
  deps: BackfillDeps,
  { source }: Found,
  { times, now, dryRun }: { times: readonly Date[]; now: number; dryRun: boolean },
): Promise<BackfillEntry[]> {
  const one = async (at: Date): Promise<BackfillEntry> => {
    const tick = { ...source, at: at.getTime() };
    const id = tickId(tick);
    if (dryRun) return { at, id, result: (await deps.table.has(id)) ? 'exists' : 'made' };
    const outcome = await acceptTick(deps, tick, { now, asked: 'backfill' });
    if (!outcome.made) return { at, id, result: outcome.why === 'full' ? 'full' : 'exists' };
    return { at, id, result: outcome.status === 'blocked' ? 'waiting' : 'made' };
  };
  const atOnce = dryRun || source.overlap === 'allow' ? AT_ONCE : 1;
  const entries: BackfillEntry[] = [];
  for (let begin = 0; begin < times.length; begin += atOnce)
    entries.push(...(await Promise.all(times.slice(begin, begin + atOnce).map(one))));
  return entries;
}

function time(value: Date, option: string): number {
  if (value instanceof Date && Number.isFinite(value.getTime())) return value.getTime();
  throw new InvalidOptionError({ option, got: String(value), expected: 'a valid Date' });
}
