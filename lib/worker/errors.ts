import { type Catalog, DEFAULTS, describeThrown, LIMITS, MillraceError } from '../contract/index.ts';

/** What an attempt waits for, one after the other. */
export type Step = 'payload schema' | 'handler' | 'result schema';

/** The attempt ran longer than its type's timeout. */
export class AttemptTimeoutError extends MillraceError {
  static override readonly errorName: string = 'AttemptTimeoutError';
  override readonly code: string = 'ATTEMPT_TIMEOUT';
  override readonly retryable: boolean = true;

  constructor({ type, timeout, step }: { type: string; timeout: number; step: Step }) {
    const inHandler = step === 'handler';
    super({
      what: `An attempt of '${type}' ran out of time`,
      got: `no outcome after ${timeout} ms${inHandler ? '' : `; its ${step} had not answered`}`,
      expected: "an outcome within the type's timeout",
      fix: inHandler
        ? 'hand context.signal to whatever the handler waits for, raise the timeout in defineJob, or split the work'
        : 'have the schema answer in time, or ask in the handler what it asks for',
      context: { type, timeout, step },
    });
  }
}

/**
 * A schema threw instead of saying what does not fit: it asked somebody who did not answer, say. The attempt failed, as
 * one whose handler threw.
 */
export class SchemaThrewError extends MillraceError {
  static override readonly errorName: string = 'SchemaThrewError';
  override readonly code: string = 'SCHEMA_THREW';
  override readonly retryable: boolean = true;

  constructor({ type, schema, cause }: { type: string; schema: 'payload' | 'result'; cause: unknown }) {
    const { name, message } = describeThrown(cause);
    super({
      what: `The ${schema} schema of '${type}' threw`,
      got: `${name}: ${message}`,
      expected: 'issues of what does not fit, and nothing thrown',
      fix: 'mend what the schema depends on, or have it report an issue',
      context: { type, schema },
      cause,
    });
  }
}

/** What the handler returned cannot be kept. The job is dead: its work was done, and running it again would not help. */
export class ResultInvalidError extends MillraceError {
  static override readonly errorName: string = 'ResultInvalidError';
  override readonly code: string = 'RESULT_INVALID';

  constructor({ type, got, cause }: { type: string; got: string; cause?: unknown }) {
    super({
      what: `The result of '${type}' cannot be kept`,
      got,
      expected: `a JSON value of at most ${LIMITS.payloadBytes / 1024} KiB and ${LIMITS.payloadLevels} levels that fits the type's result schema`,
      fix: 'return less (store the data in S3 and return its key), or correct the result schema',
      context: { type },
      cause,
    });
  }
}

/** Someone asked for the job to be cancelled: the signal's reason. */
export class CancelRequestedError extends MillraceError {
  static override readonly errorName: string = 'CancelRequestedError';
  override readonly code: string = 'CANCEL_REQUESTED';

  constructor({ id }: { id: string }) {
    super({
      what: `The job '${id}' is to be cancelled`,
      fix: 'end the attempt; its outcome will be cancelled',
      context: { id },
    });
  }
}

/**
 * The job's deadline: the signal's reason when it passes, and the error of a job whose attempt failed when no other could
 * start before it.
 */
export class DeadlinePassedError extends MillraceError {
  static override readonly errorName: string = 'DeadlinePassedError';
  override readonly code: string = 'DEADLINE_PASSED';

  constructor({ id, deadline, cause }: { id: string; deadline: number; cause?: unknown }) {
    const thrown = cause === undefined ? undefined : describeThrown(cause);
    super({
      what: thrown
        ? `The job '${id}' failed, and no attempt may start after its deadline`
        : `The deadline of the job '${id}' has passed`,
      got: `${thrown ? `${thrown.name}: ${thrown.message}, with the deadline ` : ''}${new Date(deadline).toISOString()}`,
      fix: thrown
        ? 'redrive the job if it is still wanted: a deadline that has passed goes then'
        : 'end the attempt; what it returns still counts, and no other attempt follows',
      context: { id, deadline },
      cause,
    });
  }
}

/** The lease is over: another worker has the job, or it has ended. What this attempt still does counts for nothing. */
export class LeaseLostError extends MillraceError {
  static override readonly errorName: string = 'LeaseLostError';
  override readonly code: string = 'LEASE_LOST';

  constructor({ id }: { id: string }) {
    super({
      what: `The lease of the job '${id}' is over`,
      expected: 'a handler that ends when its signal fires',
      fix: 'end the attempt at once and start nothing more',
      context: { id },
    });
  }
}

/** No build of the pool's worker came to know the job's type or version. */
export class UnknownJobError extends MillraceError {
  static override readonly errorName: string = 'UnknownJobError';
  override readonly code: string = 'UNKNOWN_JOB';

  constructor({ type, version, catalog, handlers }: UnknownJob) {
    const known = catalog.find(type);
    const days = DEFAULTS.unknownTypeLimit / 86_400_000;
    let got = `a catalog with ${namesOf(catalog)}`;
    if (known) got = handlers[type] ? `a catalog with version ${known.version} of it` : 'no handler for it';
    super({
      what: `No worker knew version ${version} of the job type '${type}' for ${days} days`,
      got,
      fix: 'deploy a worker whose catalog has it, then redrive the job',
      context: { type, version },
    });
  }
}

interface UnknownJob {
  readonly type: string;
  readonly version: number;
  /** Of the build that gave the job up. */
  readonly catalog: Catalog;
  readonly handlers: Readonly<Record<string, unknown>>;
}

/** No function of the job's pool was given the time that its type may take. */
export class FunctionTooShortError extends MillraceError {
  static override readonly errorName: string = 'FunctionTooShortError';
  override readonly code: string = 'FUNCTION_TOO_SHORT';

  constructor({ type, pool, timeout, invocation, reserve }: TooLong) {
    const days = DEFAULTS.unknownTypeLimit / 86_400_000;
    super({
      what: `No function of the pool '${pool}' had time for the job type '${type}' for ${days} days`,
      got: `invocations of ${invocation} ms`,
      expected: `the type's timeout of ${timeout} ms, and ${reserve} ms to settle`,
      fix: `set pools.${pool}.timeout in the stack, or lower the type's timeout, then redrive the job`,
      context: { type, pool, timeout, invocation },
    });
  }
}

interface TooLong {
  readonly type: string;
  readonly pool: string;
  /** Of the type, in milliseconds. */
  readonly timeout: number;
  /** What an invocation has at its start, in milliseconds. */
  readonly invocation: number;
  /** What a worker keeps for the settles, in milliseconds. */
  readonly reserve: number;
}

const NAMES_SHOWN = 3;

/** A record keeps 300 characters of an error: what to do has to be among them. */
function namesOf({ jobs }: Catalog): string {
  const shown = jobs.slice(0, NAMES_SHOWN).map(({ name }) => `'${name.slice(0, 20)}'`);
  const more = jobs.length > NAMES_SHOWN ? ` and ${jobs.length - NAMES_SHOWN} more` : '';
  return `${shown.join(', ')}${more}`;
}
