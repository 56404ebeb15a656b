import { MillraceError } from '../contract/index.ts';
import type { JobRecord, JobTable } from '../state/index.ts';
import { OperationFailedError } from './errors.ts';

/** A part of an operation on a job. */
export interface Step {
  readonly id: string;
  /** What it does: 'reading the record'. */
  readonly step: string;
  /** Whether the operation is done where the step fails: a write's answer may be what was lost. */
  readonly applied: 'no' | 'unknown';
}

/** @throws {MillraceError} of a typed error it, of any other an OperationFailedError that names the step */
export async function takeStep<T>(step: Step, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw failedAt(step, cause);
  }
}

export function failedAt(step: Step, cause: unknown): MillraceError {
  return cause instanceof MillraceError ? cause : new OperationFailedError({ ...step, cause });
}

/** As `JobTable.payloadOf`, as a step of its own. */
export function readPayload(table: JobTable, record: JobRecord): Promise<string | undefined> {
  const step = { id: record.id, step: 'reading the payload', applied: 'no' } as const;
  return takeStep(step, () => table.payloadOf(record));
}
