import { InvalidOptionError } from '../contract/index.ts';
import type { Item } from '../state/index.ts';

/** Which jobs that ended without success are meant; what is left out does not matter. */
export interface DeadFilter {
  /**
   * `expired`: those whose deadline passed while they waited.
   * @default 'dead'
   */
  readonly status?: 'dead' | 'expired';
  /** Only jobs of this type. */
  readonly type?: string;
  /** Only jobs of this tenant. */
  readonly tenant?: string;
  /** Only dead jobs that died of errors of this kind: `error.fingerprint` of a job. */
  readonly fingerprint?: string;
  /** Only jobs that ended then or later. */
  readonly since?: Date;
  /** Only jobs that ended then or earlier. */
  readonly until?: Date;
}

/**
 * The filter as the index of dead jobs takes it: times are part of its key, the rest is compared item by item.
 *
 * @throws {InvalidOptionError}
 */
export function readFilter({ status = 'dead', type, tenant, fingerprint, since, until }: DeadFilter): {
  readonly kind: 'dead' | 'expired';
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly keep: (item: Item) => boolean;
} {
  if (status !== 'dead' && status !== 'expired')
    throw new InvalidOptionError({ option: 'status', got: String(status), expected: "'dead' or 'expired'" });
  const times = { since: time(since, 'since'), until: time(until, 'until') };
  if (times.since !== undefined && times.until !== undefined && times.since > times.until) {
    throw new InvalidOptionError({
      option: 'since',
      got: `${since?.toISOString()}, and until ${until?.toISOString()}`,
      expected: 'a time before until',
    });
  }
  const keep = (item: Item) =>
    (type === undefined || item['type']?.S === type) &&
    (tenant === undefined || item['tenant']?.S === tenant) &&
    (fingerprint === undefined || item['error']?.M?.['fingerprint']?.S === fingerprint);
  return { kind: status, ...times, keep };
}

function time(date: Date | undefined, option: string): number | undefined {
  if (date === undefined) return undefined;
  const ms = date instanceof Date ? date.getTime() : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidOptionError({ option, got: String(date), expected: 'a valid Date' });
}
