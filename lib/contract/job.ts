import { checkName, checkPriority } from './checks.ts';
import { checkTypeDeadline } from './deadline.ts';
import { DEFAULTS } from './defaults.ts';
import { type DurationInput, milliseconds, readable } from './duration.ts';
import { InvalidOptionError } from './input-errors.ts';
import { LIMITS } from './limits.ts';
import type { Priority } from './priority.ts';
import { type RetryOptions, type RetryPolicy, retryPolicy } from './retry-policy.ts';
import type { Schema, SchemaInput, SchemaOutput } from './schema.ts';
import { shown } from './shown.ts';

/** Turns the payload of one version into the payload of the next. */
export type Upcaster = (payload: unknown) => unknown;

export interface JobOptions<
  N extends string,
  S extends Schema,
  R extends Schema | undefined,
  P extends string,
> {
  /** 1 to 100 letters, digits, dots, underscores, hyphens. It is the job's name in logs, metrics and records: do not reuse it. */
  readonly name: N;
  /** The payload's schema, of any Standard Schema library. */
  readonly schema: S;
  /**
   * The result's schema. What the handler returns is checked against it and typed by it.
   * @default any JSON value
   */
  readonly result?: R;
  /**
   * The payload's version: a whole number from 1. Raise it when payloads already waiting would no longer fit the schema.
   * @default 1
   */
  readonly version?: number;
  /**
   * Turns payloads of older versions into today's, one step a version: `upcast: { 1: (v1) => v2 }`.
   * @default a payload of an older version is parsed as it is
   */
  readonly upcast?: Readonly<Record<number, Upcaster>>;
  /**
   * The pool whose worker runs the job.
   * @default 'default'
   */
  readonly pool?: P;
  /**
   * The queue that the job waits in, unless `enqueue` says otherwise.
   * @default 'normal'
   */
  readonly priority?: Priority;
  /**
   * The longest time of one attempt, its schemas' answers included: 1s to 840s. The handler's signal fires shortly before.
   * @default 60s
   */
  readonly timeout?: DurationInput;
  /**
   * How long after it is due a job may still start, from 1s: a running attempt's signal fires then. It counts from the
   * enqueue, and from `runAt` or the end of `delay` where a job has one. A job's own `deadline` goes before it.
   * @default none
   */
  readonly deadline?: DurationInput;
  /** @default 10 attempts, exponential backoff with full jitter from 2s to 10m */
  readonly retry?: RetryOptions;
}

/** What `defineJob` declares: data only, so that producers and the stack can import it without the handler. */
export interface JobType<
  N extends string = string,
  S extends Schema = Schema,
  R extends Schema | undefined = Schema | undefined,
  P extends string = string,
> {
  readonly name: N;
  readonly schema: S;
  readonly result: R;
  readonly version: number;
  readonly upcast: Readonly<Record<number, Upcaster>>;
  readonly pool: P;
  readonly priority: Priority;
  /** Milliseconds. */
  readonly timeout: number;
  /** Milliseconds from when a job is due. */
  readonly deadline: number | undefined;
  readonly retry: RetryPolicy;
}

/** What `enqueue` takes for a job type. */
export type JobInput<J extends JobType> = SchemaInput<J['schema']>;
/** What the handler gets: the schema's output. */
export type JobPayload<J extends JobType> = SchemaOutput<J['schema']>;
/** What the handler returns, and what a caller that waits for the job reads: the result schema's input, as JSON. */
export type JobResult<J extends JobType> = J['result'] extends Schema ? SchemaInput<J['result']> : unknown;

/**
 * Declares a job type. Its handler is written apart from it and bound to it by `createWorker`.
 *
 * @throws {InvalidOptionError} when an option is out of its range
 * @example
 * export const sendReceipt = defineJob({
 *   name: 'receipt.send',
 *   schema: z.object({ orderId: z.string() }),
 *   priority: 'high',
 *   timeout: '30s',
 *   retry: { maxAttempts: 5 },
 * });
 */
export function defineJob<
  const N extends string,
  S extends Schema,
  R extends Schema | undefined = undefined,
  const P extends string = 'default',
>(options: JobOptions<N, S, R, P>): JobType<N, S, NoInfer<R>, NoInfer<P>> {
  if (typeof options !== 'object' || options === null)
    throw new InvalidOptionError({ option: 'defineJob', got: shown(options), expected: 'an object' });
  const name = checkName(options.name, 'name') as N;
  const version = checkVersion(options.version ?? DEFAULTS.version, `${name}: version`);
  const { result } = options;
  return {
    name,
    schema: checkSchema(options.schema, `${name}: schema`),
    result: (result === undefined ? undefined : checkSchema(result, `${name}: result`)) as R,
    version,
    upcast: checkUpcast(options.upcast ?? {}, { version, option: `${name}: upcast` }),
    pool: checkName(options.pool ?? DEFAULTS.pool, `${name}: pool`) as P,
    priority: checkPriority(options.priority ?? DEFAULTS.priority),
    timeout: checkTimeout(options.timeout ?? DEFAULTS.timeout, name),
    deadline:
      options.deadline === undefined ? undefined : checkTypeDeadline(options.deadline, `${name}: deadline`),
    retry: retryPolicy(options.retry),
  };
}

function checkVersion(version: unknown, option: string): number {
  if (typeof version === 'number' && Number.isInteger(version) && version >= 1 && version <= LIMITS.version)
    return version;
  const expected = `a whole number from 1 to ${LIMITS.version}`;
  throw new InvalidOptionError({ option, got: shown(version), expected });
}

/** A step that no payload ever takes is a mistake: a version forgotten, or counted wrongly. */
function checkUpcast(
  upcast: Readonly<Record<number, Upcaster>>,
  { version, option }: { version: number; option: string },
): Readonly<Record<number, Upcaster>> {
  for (const [from, step] of Object.entries(upcast)) {
    if (/^[1-9]\d*$/.test(from) && Number(from) < version && typeof step === 'function') continue;
    throw new InvalidOptionError({
      option,
      got: `${from}: ${typeof step}`,
      expected: `functions by the version that they take, from 1 to ${version - 1}`,
      fix: 'name a step by the older version, and raise the version of the job',
    });
  }
  return upcast;
}

function checkSchema<S extends Schema>(schema: S, option: string): S {
  if (typeof schema?.['~standard']?.validate === 'function') return schema;
  throw new InvalidOptionError({
    option,
    got: shown(schema),
    expected: 'a schema with the Standard Schema interface (zod 3.24 or later, valibot 1, arktype 2)',
  });
}

function checkTimeout(input: DurationInput, name: string): number {
  const timeout = milliseconds(input, `${name}: timeout`);
  if (timeout >= LIMITS.minTimeout && timeout <= LIMITS.maxTimeout) return timeout;
  throw new InvalidOptionError({
    option: `${name}: timeout`,
    got: readable(timeout),
    expected: `${readable(LIMITS.minTimeout)} to ${readable(LIMITS.maxTimeout)} (a Lambda function runs for at most 900s)`,
    fix: 'split the work into several jobs',
  });
}
