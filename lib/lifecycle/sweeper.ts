import { type DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { type Chance, type Clock, ENDED } from '../contract/index.ts';
import { LOG_LINES, type LoggerFactory } from '../observe/index.ts';
import {
  buryWrite,
  cancelWrite,
  expireWrite,
  explain,
  type Item,
  JobLostError,
  type JobRecord,
  type JobTable,
  readRecord,
  redispatchWrite,
  STATE,
  summarise,
  toItem,
  type Write,
} from '../state/index.ts';
import { jobLog } from './job-log.ts';
import { decideSweep, type SweepDecision, type SweepRules } from './sweep-decision.ts';

export interface SweeperDeps {
  readonly client: DynamoDBClient;
  readonly table: JobTable;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: LoggerFactory;
  readonly rules: Omit<SweepRules, 'now'>;
  /** Milliseconds. */
  readonly retention: number;
  readonly deadRetention: number;
  /** How long a whole round over the table is to take at least, in milliseconds. */
  readonly round: number;
}

/** What one run did. */
export interface SweepReport {
  readonly scanned: number;
  readonly mended: number;
  /** Records that could not be read, or mended yet: the log names each. */
  readonly failed: number;
  /** Whether the round over the table is over; if not, the next run goes on where this one stopped. */
  readonly finished: boolean;
}

const CONTROL = { pk: { S: 'control#sweeper' }, sk: { S: 'control' } };
/** Items a page: a page is read in well under a second. */
const PAGE = 500;

/**
 * Goes over the job table, slowly, for what no message brings back any more: a part a run, a round a day. It reads at
 * half a read unit for 4 KB, writes only what it mends, and never sends again what may still have a message.
 */
export async function sweep(deps: SweeperDeps, { until }: { until: number }): Promise<SweepReport> {
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
        FilterExpression: `sk = :state AND NOT #status IN (${ENDED.map((_, i) => `:ended${i}`).join(', ')})`,
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: {
          ':state': { S: STATE },
          ...Object.fromEntries(ENDED.map((status, i) => [`:ended${i}`, { S: status }])),
        },
      }),
    );
    scanned += ScannedCount;
    for (const item of Items) {
      const result = await tryToMend(deps, item);
      if (result === 'mended') mended++;
      if (result === 'failed') failed++;
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
    return (await mend(deps, readRecord(item))) ? 'mended' : 'fine';
  } catch (error) {
    deps.logger.error('job not looked after', { job: item['pk']?.S, error_message: String(error) });
    return 'failed';
  }
}

async function mend(deps: SweeperDeps, record: JobRecord): Promise<boolean> {
  const now = deps.clock.now();
  const decision = decideSweep(record, { ...deps.rules, now });
  if (decision.do === 'nothing') return false;
  const { write, why } = writeFor(deps, record, { decision, now });
  const { table, chance, deadRetention } = deps;
  // The scan read a copy that may be old: the write's conditions hold it against the record as it is.
  const result = await table.updateWith(
    explain(write, record, { by: 'sweeper', why, at: now, unique: chance.nonce(), retention: deadRetention }),
  );
  if (result.ok) report(deps, record, { decision, why });
  return result.ok;
}

function writeFor(
  { retention, deadRetention }: SweeperDeps,
  record: JobRecord,
  { decision, now }: { decision: Exclude<SweepDecision, { do: 'nothing' }>; now: number },
): { write: Write; why: string } {
  switch (decision.do) {
    case 'expire':
      return { write: expireWrite(record, { now, retention }), why: 'the deadline passed' };
    case 'cancel': {
      const why = 'a cancel was requested, and no worker is left to see it';
      return { write: cancelWrite(record, { now, retention }), why };
    }
    case 'bury': {
      const error = summarise(record.type, new JobLostError(decision));
      return { write: buryWrite(record, { now, retention: deadRetention, error }), why: decision.why };
    }
    case 'redispatch': {
      const write = redispatchWrite(record, { now, hops: (record.hops ?? 0) + 1, runAt: now });
      return { write, why: 'none of its messages can exist any more' };
    }
  }
}

function report(
  { logger }: SweeperDeps,
  record: JobRecord,
  { decision, why }: { decision: SweepDecision; why: string },
) {
  const { priority, pool } = record;
  const log = jobLog(logger, record);
  log.warn(LOG_LINES.mended, { mended: decision.do, why, priority, pool });
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
