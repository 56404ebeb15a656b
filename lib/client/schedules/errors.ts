import { MillraceError } from '../../contract/index.ts';
import type { ScheduleKey, TickDrop } from '../../state/index.ts';

function called({ name, tenant }: ScheduleKey): string {
  return tenant === undefined ? `'${name}'` : `'${name}' of the tenant '${tenant}'`;
}

/** There is no schedule of this name. */
export class ScheduleNotFoundError extends MillraceError {
  static override readonly errorName: string = 'ScheduleNotFoundError';
  override readonly code: string = 'SCHEDULE_NOT_FOUND';

  constructor(key: ScheduleKey) {
    super({
      what: `There is no schedule ${called(key)}`,
      got: 'none in the catalog, and none that was put',
      expected: 'the name and the tenant that it was put with',
      fix: 'list the schedules; a schedule of a tenant is named together with the tenant',
      context: { ...key },
    });
  }
}

/** The tenant has as many schedules as it may. Nothing was written. */
export class ScheduleQuotaError extends MillraceError {
  static override readonly errorName: string = 'ScheduleQuotaError';
  override readonly code: string = 'SCHEDULE_QUOTA';

  constructor({ quota, ...key }: ScheduleKey & { quota: number }) {
    const whose = key.tenant === undefined ? 'without a tenant' : `of the tenant '${key.tenant}'`;
    super({
      what: `There are too many schedules ${whose}`,
      got: `one more, '${key.name}'`,
      expected: `at most ${quota}`,
      fix: 'delete schedules, or give the client a larger schedulesPerTenant',
      context: { ...key, quota },
    });
  }
}

/** The name is that of a schedule of the catalog. Nothing was written. */
export class ScheduleExistsError extends MillraceError {
  static override readonly errorName: string = 'ScheduleExistsError';
  override readonly code: string = 'SCHEDULE_EXISTS';

  constructor(key: ScheduleKey) {
    super({
      what: `The schedule ${called(key)} is one of the catalog`,
      got: 'a schedule of the same name at run time',
      expected: 'a name of its own',
      fix: 'choose another name, or take the schedule out of the catalog and deploy',
      context: { ...key },
    });
  }
}

/** A schedule of the catalog is changed by a deployment. Nothing was written. */
export class ScheduleFixedError extends MillraceError {
  static override readonly errorName: string = 'ScheduleFixedError';
  override readonly code: string = 'SCHEDULE_FIXED';

  constructor(key: ScheduleKey) {
    super({
      what: `The schedule ${called(key)} is one of the catalog, and cannot be deleted at run time`,
      fix: 'take it out of the catalog and deploy; until then, pause it',
      context: { ...key },
    });
  }
}

/** No job was made: the schedule itself says so. */
export class TickRefusedError extends MillraceError {
  static override readonly errorName: string = 'TickRefusedError';
  override readonly code: string = 'TICK_REFUSED';
  override readonly retryable: boolean = true;
  readonly why: TickDrop;

  constructor({ why, ...key }: ScheduleKey & { why: TickDrop }) {
    super({
      what: `The schedule ${called(key)} makes no job now`,
      got:
        why === 'full' ? 'as many jobs wait as may' : 'its last job has not ended, and its overlap is skip',
      fix: 'wait until its last job has ended, or enqueue a job of the type by itself',
      context: { ...key, why },
    });
    this.why = why;
  }
}
