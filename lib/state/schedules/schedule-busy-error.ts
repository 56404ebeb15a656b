import { MillraceError } from '../../contract/index.ts';
import type { ScheduleKey } from './keys.ts';

/** Others kept writing about the same schedule at the same time. Nothing was written. */
export class ScheduleBusyError extends MillraceError {
  static override readonly errorName: string = 'ScheduleBusyError';
  override readonly code: string = 'SCHEDULE_BUSY';
  override readonly retryable: boolean = true;

  constructor({ name, tenant }: ScheduleKey) {
    super({
      what: `Too many programs write about the schedule '${name}' at the same time`,
      fix: 'try again',
      context: { name, tenant },
    });
  }
}
