import type { DynamoDBRecord } from 'aws-lambda';
import { isEnded, type Status } from '../contract/index.ts';
import type { LoggerFactory } from '../observe/index.ts';
import {
  type Item,
  type JobTable,
  releaseNext,
  type ScheduleKey,
  type ScheduleTable,
  STATE,
  scheduleOfProgress,
  scheduleOfSerial,
} from '../state/index.ts';

/**
 * The schedule whose next waiting job may go by a change: a job of it ended, or somebody found that it stands still. One
 * that is named for nothing, or twice, is no harm.
 */
export function turnAsked({ dynamodb }: DynamoDBRecord): ScheduleKey | undefined {
  const image = dynamodb?.NewImage as Item | undefined;
  const serial = image?.['serial']?.S;
  if (image?.['sk']?.S === STATE)
    return serial !== undefined && isEnded(image['status']?.S as Status)
      ? scheduleOfSerial(serial)
      : undefined;
  return image?.['out'] === undefined ? undefined : scheduleOfProgress(image);
}

/** Lets the next waiting job of a schedule go, where the one before it has ended. */
export async function takeTurn(
  deps: { table: JobTable; schedules: ScheduleTable; logger: LoggerFactory },
  key: ScheduleKey,
  now: number,
): Promise<void> {
  const id = await releaseNext(deps, key, { now });
  if (id !== undefined)
    deps.logger.info('next job of a schedule', { job_id: id, schedule: key.name, tenant: key.tenant });
}
