import { type DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { ENDED } from '../contract/index.ts';
import { LOG_LINES } from '../observe/index.ts';
import { DEFINITION, type Item, PROGRESS, readRecord, STATE, toItem, WatchIndex } from '../state/index.ts';
import { type MendDeps, mend } from './mend.ts';
import { lookAfterOverdue } from './overdue.ts';
import { askAgain, type StalledDeps } from './stalled.ts';

export interface SweeperDeps extends MendDeps, StalledDeps {
  readonly client: DynamoDBClient;
  /** How long a whole round over the table is to take at least, in milliseconds. */
  readonly round: number;
  /** Jobs that one run ends at most because their deadline passed. */
  readonly overdueLimit: number;
}

/** What one run did. */
export interface SweepReport {
  readonly scanned: number;
  readonly mended: number;
  /** Records that could not be read, or mended yet: the log names each. */
  readonly failed: number;
  /** Whether the round over the table is over; if not, the next run goes on where this one stopped. */
  readonly finished: boolean;
  /** Jobs that it looked at because their deadline had passed. */
  readonly overdue: number;
  /** Whether it came to all of those; if not, the next run goes on. */
  readonly caughtUp: boolean;
}

const CONTROL = { pk: { S: 'control#sweeper' }, sk: { S: 'control' } };
const OPEN_JOBS = `(sk = :state AND NOT #status IN (${ENDED.map((_, i) => `:ended${i}`).join(', ')}))`;
/** Schedules that jobs wait at, or with a change to be brought about. */
const STALLED =
  '(sk = :ticks AND waiting > :none) OR (begins_with(sk, :schedule) AND attribute_exists(#out))';
/** Items a page: a page is read in well under a second. */
const PAGE = 500;
/** Items that are mended at the same time: a page of lost jobs is mended well within the invocation, and its place kept. */
const PARALLEL = 16;

/**
 * Ends the jobs whose deadline passed where no message does, then goes on with its round. What the one comes up against
 * does not keep the other from its work.
 */
export async function sweep(deps: SweeperDeps, { until }: { until: number }): Promise<SweepReport> {
  const { clock, client, table, overdueLimit } = deps;
  const index = new WatchIndex({ client, tableName: table.tableName });
  const half = clock.now() + (until - clock.now()) / 2;
  const [first] = await Promise.allSettled([
    lookAfterOverdue(deps, { index, limit: overdueLimit, until: half }),
  ]);
  const round = await goRound(deps, { until });
  if (first.status === 'rejected') throw first.reason;
  const { looked: overdue, caughtUp, mended, failed } = first.value;
  return { ...round, mended: round.mended + mended, failed: round.failed + failed, overdue, caughtUp };
}

/**
 * Goes over the job table, slowly, for what no message brings back any more: a part a run, a round a day. It reads at
 * half a read unit for 4 KB, writes only what it mends, and never sends again what may still have a message.
 */
async function goRound(
  deps: SweeperDeps,
  { until }: { until: number },
): Promise<Omit<SweepReport, 'overdue' | 'caughtUp'>> {
  const { clock, client, table } = deps;
  const control = await readControl(deps);
  const began = control.began ?? clock.now();
  const rested = control.finished === undefined ? deps.round : clock.now() - control.finished;
  // A round that was over in the future was not.
  if (rested >= 0 && rested < deps.round) {
    return { scanned: 0, mended: 0, failed: 0, finished: true };
  }
  let from: Item | undefined = control.from;
  let scanned = 0;
  let mended = 0;
  let failed = 0;
  do {
    const {
      Items = [],
      LastEvaluatedKey,
      ScannedCount = 0,
    } = await client.send(
      new ScanCommand({
        TableName: table.tableName,
        Limit: PAGE,
        ExclusiveStartKey: from,
        FilterExpression: `${OPEN_JOBS} OR ${STALLED}`,
        ExpressionAttributeNames: { '#status': 'status', '#out': 'out' },
        ExpressionAttributeValues: {
          ...toItem({ ':state': STATE, ':ticks': PROGRESS, ':schedule': `${DEFINITION}#`, ':none': 0 }),
          ...Object.fromEntries(ENDED.map((status, i) => [`:ended${i}`, { S: status }])),
        },
      }),
    );
    scanned += ScannedCount;
    for (let at = 0; at < Items.length; at += PARALLEL) {
      const some = Items.slice(at, at + PARALLEL);
      const results = await Promise.all(some.map((item) => tryToMend(deps, item)));
      mended += results.filter((result) => result === 'mended').length;
      failed += results.filter((result) => result === 'failed').length;
    }
    from = LastEvaluatedKey;
    await table.put(controlItem(from ? { began, from: from as Control['from'] } : { finished: clock.now() }));
  } while (from && clock.now() < until);
  deps.logger.info('swept', { scanned, mended, failed, finished: !from });
  return { scanned, mended, failed, finished: !from };
}

/** A record that cannot be read, or mended now, holds up none of the others; the next round comes to it again. */
async function tryToMend(deps: SweeperDeps, item: Item): Promise<'mended' | 'fine' | 'failed'> {
  try {
    const mended = item['sk']?.S === STATE ? await mend(deps, readRecord(item)) : await askAgain(deps, item);
    return mended ? 'mended' : 'fine';
  } catch (error) {
    deps.logger.error(LOG_LINES.unmended, { job: item['pk']?.S, error_message: String(error) });
    return 'failed';
  }
}

const KeySchema = v.strictObject({
  pk: v.strictObject({ S: v.string() }),
  sk: v.strictObject({ S: v.string() }),
});

/** Where the sweeper is, kept between its runs. */
const ControlSchema = v.object({
  began: v.optional(v.number()),
  /** The key to go on behind. */
  from: v.optional(KeySchema),
  /** When the last round was over. */
  finished: v.optional(v.number()),
});

type Control = v.InferOutput<typeof ControlSchema>;

/** What cannot be read is no reason never to sweep again: a new round begins. */
async function readControl({ client, table, logger }: SweeperDeps): Promise<Control> {
  const { Item } = await client.send(new GetItemCommand({ TableName: table.tableName, Key: CONTROL }));
  const text = Item?.['control']?.S;
  if (text === undefined) return {};
  try {
    return v.parse(ControlSchema, JSON.parse(text));
  } catch (error) {
    logger.warn('sweep begins anew: its place was unreadable', { error_message: String(error) });
    return {};
  }
}

function controlItem(control: Control): Item {
  return { ...CONTROL, ...toItem({ control: JSON.stringify(control) }) };
}
