import {
  type EndedStatus,
  isEnded,
  type JobResult,
  type JobType,
  type Priority,
  type Status,
  type Tags,
} from '../contract/index.ts';
import { type ErrorSummary, type JobRecord, readJson, unknownSince } from '../state/index.ts';

/** A job as its record shows it at one moment. */
export interface JobView<R = unknown> {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly status: Status;
  readonly pool: string;
  readonly priority: Priority;
  readonly tenant: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly correlationId: string | undefined;
  readonly tags: Tags;
  /** Executions that ended, since the last redrive. */
  readonly attempts: number;
  /** The number of the newest message for the job. */
  readonly dispatch: number;
  /** The schedule that made it, and the time that its tick stands for. */
  readonly schedule: string | undefined;
  readonly scheduledFor: Date | undefined;
  readonly enqueuedAt: Date;
  /** When it is, or was, due. */
  readonly runAt: Date;
  /** When it expires, or its running attempt is told to end. */
  readonly deadline: Date | undefined;
  /** When the newest attempt began. */
  readonly startedAt: Date | undefined;
  /** Since when its pool's workers could not run it: their build does not know it, or their function has no time for it. */
  readonly unknownSince: Date | undefined;
  readonly endedAt: Date | undefined;
  /** What the handler returned, once `succeeded`. */
  readonly result: R | undefined;
  /** The newest error of a retrying or dead job. */
  readonly error: ErrorSummary | undefined;
}

/** A job that has ended: `succeeded`, `dead`, `cancelled` or `expired`. */
export interface EndedJob<R = unknown> extends JobView<R> {
  readonly status: EndedStatus;
  readonly endedAt: Date;
}

/** The result type that a reference from `enqueue` stands for. */
export type ResultOf<J> = J extends JobType ? JobResult<J> : unknown;

/** @throws {RecordUnreadableError} when what is kept as the result is not JSON */
export function view<R>(record: JobRecord): JobView<R> {
  const { id, type, version, status, pool, priority, tenant, key, correlationId, tags, attempts, dispatch } =
    record;
  return {
    ...{ id, type, version, status, pool, priority, tenant, correlationId, attempts, dispatch },
    idempotencyKey: key,
    tags: tags ?? {},
    schedule: record.schedule,
    scheduledFor: date(record.scheduledFor),
    enqueuedAt: new Date(record.enqueuedAt),
    runAt: new Date(record.runAt),
    deadline: date(record.deadline),
    startedAt: date(record.startedAt),
    unknownSince: isEnded(record.status) ? undefined : date(unknownSince(record)),
    endedAt: date(record.endedAt),
    result:
      record.result === undefined ? undefined : (readJson({ id, name: 'result', json: record.result }) as R),
    error: record.error,
  };
}

function date(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}
