import { checkAccountable, type DeadFilter, type IdResult, type RedriveOptions } from '../client/index.ts';
import { type DurationInput, InvalidOptionError, milliseconds } from '../contract/index.ts';
import type { ErrorSummary } from '../state/index.ts';

/** Which jobs to redrive: ids, or all dead or expired jobs that a filter lets through; `{}` means all dead ones. */
export type RedriveTarget =
  | { readonly ids: readonly string[]; readonly filter?: undefined }
  | { readonly filter: DeadFilter; readonly ids?: undefined };

export type BulkRedriveOptions = RedriveTarget &
  RedriveOptions & {
    /**
     * Jobs at most: those that ended last first.
     * @default all
     */
    readonly limit?: number;
    /**
     * Jobs a second, up to 1,000: what they call has to bear them all at once otherwise. A dry run has none.
     * @default 50
     */
    readonly rate?: number;
    /**
     * One job first, then ten, then the rest. After each of the first two stages it waits until those have ended, and
     * stops when one of them died again.
     * @default false
     */
    readonly staged?: boolean;
    /**
     * How long to wait for a stage's jobs to end. Then it stops; they go on.
     * @default 30m: ten attempts with the default backoff take up to 29 minutes, and half of that on average
     */
    readonly stageTimeout?: DurationInput;
    /** Told after each job, and while it waits for a stage. */
    readonly onProgress?: (progress: RedriveProgress) => void;
    /** Stops it: what was redriven stays redriven. */
    readonly signal?: AbortSignal;
  };

export interface RedriveProgress {
  /** From 1; not staged, everything is one stage. */
  readonly stage: number;
  readonly redriven: number;
  readonly failed: number;
  /** Jobs of the stage that have not ended yet; undefined while it still redrives. */
  readonly waitingFor: number | undefined;
}

/** How the jobs of a stage ended. */
export interface StageReport {
  readonly redriven: number;
  readonly succeeded: number;
  readonly died: number;
  /** Cancelled or expired. */
  readonly otherwise: number;
  /** Had not ended when the stage's time was over. */
  readonly unended: number;
}

/** Why it did not go through with it. */
export interface Stopped {
  readonly why: 'died-again' | 'stage-timeout' | 'refused' | 'aborted' | 'failed';
  /** The job that it was about. */
  readonly id?: string;
  readonly error?: Pick<ErrorSummary, 'name' | 'message'>;
}

export interface RedriveReport {
  readonly redriven: number;
  readonly failed: number;
  /** One for each job that was tried, in their order. Of a dry run, `ok` says that it would be redriven. */
  readonly results: readonly IdResult[];
  /** The stages that were waited for. */
  readonly stages: readonly StageReport[];
  /** Undefined: it went through all of them. */
  readonly stopped: Stopped | undefined;
}

export interface CheckedOptions {
  readonly limit: number;
  readonly rate: number;
  readonly stageTimeout: number;
}

const MAX_RATE = 1_000;

/** @throws {InvalidOptionError} */
export function checkBulkOptions(options: BulkRedriveOptions): CheckedOptions {
  const { ids, filter, limit = Number.POSITIVE_INFINITY, rate = 50, stageTimeout = '30m' } = options;
  if ((ids === undefined) === (filter === undefined)) {
    const got = ids === undefined ? 'neither' : 'both';
    throw new InvalidOptionError({
      option: 'ids',
      got,
      expected: 'ids, or a filter; the filter {} means all dead jobs',
    });
  }
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isInteger(limit) && limit >= 1)) {
    throw new InvalidOptionError({ option: 'limit', got: String(limit), expected: 'a whole number from 1' });
  }
  if (!(rate > 0 && rate <= MAX_RATE)) {
    throw new InvalidOptionError({
      option: 'rate',
      got: String(rate),
      expected: `jobs a second, more than 0, ${MAX_RATE} at most`,
    });
  }
  checkAccountable(options);
  return { limit, rate, stageTimeout: milliseconds(stageTimeout, 'stageTimeout') };
}
