import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { count, filled, optional, readFields, text } from '../fields.ts';
import { attribute, type Item, type Value } from '../record.ts';
import { progressKey, type ScheduleKey, serialOf } from './keys.ts';

/**
 * How far a schedule is whose jobs may not overlap: one item, read before and written with every decision, so that two
 * workers cannot both decide by the same state.
 */
export interface Progress {
  /** Rises with each decision. */
  readonly turn: number;
  /** The job that was let go last; once it has ended, the next one may go. */
  readonly current?: string;
  /** Ticks whose jobs wait. */
  readonly waiting: number;
  /** The times of the latest ticks that made no job, each in milliseconds: a second copy of one makes none either. */
  readonly skipped?: string;
  /** Set to have the lifecycle function let the next job go. */
  readonly out?: number;
}

/** Skipped ticks that are remembered: more than a message can have copies by. */
const REMEMBERED = 50;

/** Days that the item is kept after the last decision: longer than any schedule rests. */
const KEPT = 400 * 86_400;

const FIELDS = {
  ...{
    turn: count,
    current: optional(filled),
    waiting: count,
    skipped: optional(text),
    out: optional(count),
  },
};

const NO_PROGRESS: Progress = { turn: 0, waiting: 0 };

/** @throws {RecordUnreadableError} when the item is not as Millrace writes it */
export function readProgress(item: Item | undefined, key: ScheduleKey): Progress {
  return item ? (readFields(item, FIELDS, serialOf(key)) as Progress) : NO_PROGRESS;
}

export function wasSkipped({ skipped = '' }: Progress, at: number): boolean {
  return skipped.split(',').includes(String(at));
}

export function skipping({ skipped = '' }: Progress, at: number): string {
  const before = skipped === '' ? [] : skipped.split(',');
  return [...before, String(at)].slice(-REMEMBERED).join(',');
}

type Change = { readonly [Name in keyof Progress]?: Progress[Name] | undefined };

/** The next turn, if nobody else took it since it was read. What is given as undefined is removed. */
export function turnWrite(options: {
  readonly tableName: string;
  readonly key: ScheduleKey;
  readonly before: Progress;
  readonly change: Change;
  /** Milliseconds since the epoch. */
  readonly now: number;
}): TransactWriteItem {
  const { tableName, key, before, change, now } = options;
  const expiresAt = Math.floor(now / 1000) + KEPT;
  const values: Record<string, Value | undefined> = {
    waiting: before.waiting,
    ...change,
    turn: before.turn + 1,
    expiresAt,
  };
  const names = Object.keys(values);
  const set = names.filter((name) => values[name] !== undefined);
  const removed = names.filter((name) => values[name] === undefined);
  const remove = removed.length > 0 ? ` REMOVE ${removed.map((name) => `#${name}`).join(', ')}` : '';
  const given = set.map((name) => [`:${name}`, attribute(values[name] as Value)]);
  return {
    Update: {
      TableName: tableName,
      Key: progressKey(key),
      UpdateExpression: `SET ${set.map((name) => `#${name} = :${name}`).join(', ')}${remove}`,
      ConditionExpression: before.turn === 0 ? 'attribute_not_exists(#turn)' : '#turn = :before',
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(given),
        ...(before.turn > 0 && { ':before': attribute(before.turn) }),
      },
    },
  };
}
