import * as v from 'valibot';
import { InvalidOptionError } from '../../contract/index.ts';
import { type Item, readSchedule, SCHEDULE_SHARDS, type ScheduleTable, shardOf } from '../../state/index.ts';
import { readEach } from '../pages.ts';
import type { ScheduleListOptions, SchedulePage } from './options.ts';
import { ofRecord } from './schedule-view.ts';

/** Where a list goes on: behind a key of a shard, or at a shard's beginning. */
const CursorSchema = v.object({
  shard: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SCHEDULE_SHARDS - 1)),
  from: v.optional(
    v.strictObject({ pk: v.strictObject({ S: v.string() }), sk: v.strictObject({ S: v.string() }) }),
  ),
});
type Cursor = v.InferOutput<typeof CursorSchema>;

/** Schedules that were made at run time, of a tenant or of all. */
export async function listSchedules(
  table: ScheduleTable,
  { tenant, limit = 100, cursor }: ScheduleListOptions,
): Promise<SchedulePage> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    const expected = 'a whole number from 1 to 1000';
    throw new InvalidOptionError({ option: 'limit', got: String(limit), expected });
  }
  const last = tenant === undefined ? SCHEDULE_SHARDS - 1 : shardOf(tenant);
  let at: Cursor | undefined =
    cursor === undefined ? { shard: tenant === undefined ? 0 : last } : readCursor(cursor);
  const items: Item[] = [];
  while (at && items.length < limit) {
    const { shard, from }: Cursor = at;
    const page = await table.page({ shard, tenant, limit: limit - items.length, from });
    items.push(...page.items);
    if (page.next) at = { shard, from: page.next as Cursor['from'] };
    else at = shard < last ? { shard: shard + 1 } : undefined;
  }
  const { read, unreadable } = readEach(items, (item) => ofRecord(readSchedule(item)));
  return {
    schedules: read.filter(({ record }) => !record.deleted).map(({ view }) => view),
    unreadable,
    cursor: at && Buffer.from(JSON.stringify(at)).toString('base64url'),
  };
}

/** A cursor passes through the caller's hands: what comes back is checked like any input. */
function readCursor(cursor: string): Cursor {
  try {
    return v.parse(CursorSchema, JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw new InvalidOptionError({
      option: 'cursor',
      got: JSON.stringify(String(cursor).slice(0, 40)),
      expected: 'the cursor of an earlier page of the same list',
    });
  }
}
