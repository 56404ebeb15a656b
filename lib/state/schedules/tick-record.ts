import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type Chance, LIMITS, type Tick } from '../../contract/index.ts';
import { fitsOneWriteUnit } from '../item-size.ts';
import { type JobRecord, payloadKey, stateItem, toItem } from '../record.ts';
import { watchedUntil } from '../watch-index.ts';
import { equals, toUpdate, transition } from '../write.ts';
import { serialOf } from './keys.ts';

interface Birth {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly chance: Chance;
  /** `blocked`: it waits for the schedule's job before it. */
  readonly status: 'queued' | 'blocked';
  /** By a person, not by the clock. */
  readonly asked: boolean;
}

/** The record of a tick's job, and its payload where that stands in an item of its own. */
export interface TickJob {
  readonly record: JobRecord;
  readonly payload?: string;
}

/** Built from the tick alone: no job type is asked. A job that may run is born in the outbox. */
export function tickJob(tick: Tick, { id, now, chance, status, asked }: Birth): TickJob {
  const { schedule, tenant, at, overlap, job } = tick;
  // What is made up for is due when it is asked for.
  const due = asked ? now : at;
  const deadline = tick.deadline === undefined ? undefined : Math.min(due + tick.deadline, LIMITS.time);
  const record: JobRecord = {
    ...{ id, ...job, tenant, status, gen: chance.ulid(now), dispatch: 0, runAt: now },
    ...{ attempts: 0, unsettled: 0, enqueuedAt: now, schedule, scheduledFor: at },
    ...(status === 'queued' ? { out: 0 } : { born: status }),
    // Whatever may have others wait for it says so when it ends.
    ...(overlap !== 'allow' && { serial: serialOf({ name: schedule, tenant }) }),
    ...(deadline !== undefined && { deadline, ...watchedUntil(id, deadline) }),
  };
  const payload = JSON.stringify(tick.payload);
  const inline = { ...record, payload };
  return fitsOneWriteUnit(stateItem(inline))
    ? { record: inline }
    : { record: { ...record, parts: 1 }, payload };
}

/**
 * Puts the job, unless there was one of this id already: one past its expiry that TTL has not deleted yet counts, because
 * a tick that comes so late has run.
 */
export function birthWrites(tableName: string, { record, payload }: TickJob): TransactWriteItem[] {
  const put: TransactWriteItem = {
    Put: {
      TableName: tableName,
      Item: stateItem(record),
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
  if (payload === undefined) return [put];
  return [put, { Put: { TableName: tableName, Item: { ...payloadKey(record), ...toItem({ payload }) } } }];
}

/** The job's turn has come. */
export function unblockWrite(tableName: string, record: JobRecord, now: number): TransactWriteItem {
  const write = transition({
    id: record.id,
    on: 'unblock',
    from: ['blocked'],
    to: 'queued',
    set: { runAt: now, unblockedAt: now, out: record.dispatch },
    where: [equals('gen', record.gen), equals('dispatch', record.dispatch)],
  });
  const { Key, UpdateExpression, ConditionExpression, ...rest } = toUpdate(tableName, write);
  const { ExpressionAttributeNames, ExpressionAttributeValues } = rest;
  return {
    Update: {
      ...{ TableName: tableName, Key, UpdateExpression, ConditionExpression },
      ...{ ExpressionAttributeNames, ExpressionAttributeValues },
    },
  };
}
