import {
  GetScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { resourceError } from '../contract/index.ts';
import { firesAt, type Scheduled, scheduleName } from '../dispatch/index.ts';

/** How the one-time schedule of a dispatch stands. */
export interface ScheduleStatus {
  /** The group that it was looked for in. */
  readonly group: string;
  readonly name: string;
  /** Whether it is there. */
  readonly stands: boolean;
  /** When EventBridge Scheduler sends, or up to a minute later; undefined where it is not there, or somebody changed it. */
  readonly firesAt: Date | undefined;
}

/** Where the one-time schedules are. */
export interface OneTimeGroup {
  readonly scheduler: SchedulerClient;
  readonly group: string;
}

/** @throws {PermissionError} the credentials do not allow to ask */
export async function statusOfSchedule(
  { scheduler, group }: OneTimeGroup,
  dispatch: Scheduled,
): Promise<ScheduleStatus> {
  const name = scheduleName(dispatch);
  try {
    const { ScheduleExpression = '' } = await scheduler.send(
      new GetScheduleCommand({ GroupName: group, Name: name }),
    );
    return { group, name, stands: true, firesAt: firesAt(ScheduleExpression) };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { group, name, stands: false, firesAt: undefined };
    const region = await scheduler.config.region();
    throw resourceError(error, { resource: 'schedule group', name: group, region, caller: 'operator' });
  }
}
