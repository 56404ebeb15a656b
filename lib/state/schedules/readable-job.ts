import type { LoggerFactory } from '../../observe/index.ts';
import { RecordUnreadableError } from '../fields.ts';
import type { JobTable } from '../job-table.ts';
import type { JobRecord } from '../record.ts';
import type { ScheduleKey } from './keys.ts';

export interface ReadableJobDeps {
  readonly table: JobTable;
  /**
   * Names the records that are passed over.
   * @default nobody does: a client has no log
   */
  readonly logger?: LoggerFactory;
}

/**
 * The record of a schedule's job; undefined where there is none, or none that anybody can read. What was spoilt is no job
 * any more: waited for, it would hold up every later job of its schedule until somebody mends it.
 */
export async function readableJob(
  { table, logger }: ReadableJobDeps,
  { name: schedule, tenant }: ScheduleKey,
  id: string,
): Promise<JobRecord | undefined> {
  try {
    return await table.get(id);
  } catch (error) {
    if (!(error instanceof RecordUnreadableError)) throw error;
    const line = { job_id: id, schedule, tenant, error_message: error.message };
    logger?.error('schedule goes on without a job: record unreadable', line);
    return undefined;
  }
}
