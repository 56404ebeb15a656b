import type { JobRecord } from '../state/index.ts';
import { MovedOnError } from './errors.ts';
import type { JobView } from './job-view.ts';
import type { RedriveOptions } from './redrive.ts';

/** A job as a list had it: the list may be older than the record. */
export type ListedJob = Pick<JobView, 'status' | 'dispatch' | 'enqueuedAt'>;

/** What `Operator.redrive` passes for a job that a filter named, not a person: nothing is decided of what became of it. */
export interface ListedRedriveOptions extends RedriveOptions {
  readonly listed?: ListedJob;
}

/** @throws {MovedOnError} when the record is not as the list had it */
export function checkListed({ id, ...record }: JobRecord, listed: ListedJob): void {
  const now = { ...record, enqueuedAt: new Date(record.enqueuedAt) };
  // An id that was put anew begins again with its dispatches.
  const same =
    now.status === listed.status &&
    now.dispatch === listed.dispatch &&
    now.enqueuedAt.getTime() === listed.enqueuedAt.getTime();
  if (!same) throw new MovedOnError({ id, now, listed });
}
