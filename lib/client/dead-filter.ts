import { InvalidOptionError } from '../contract/index.ts';
import type { Item } from '../state/index.ts';

/** Which dead jobs are meant; what is left out does not matter. */
export interface DeadFilter {
  /** Only jobs of this type. */
  readonly type?: string;
  /** Only jobs of this tenant. */
  readonly tenant?: string;
  /** Only jobs that died of errors of this kind: `error.fingerprint` of a job. */
  readonly fingerprint?: string;
  /** Only jobs that died then or later. */
  readonly since?: Date;
  /** Only jobs that died then or earlier. */
  readonly until?: Date;
}

/**
 * The filter as the index of dead jobs takes it: times are part of its key, the rest is compared item by item.
 *
 * @throws {InvalidOptionError}
 */
export function readFilter({ type, tenant, fingerprint, since, until }: DeadFilter): {
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly keep: (item: Item) => boolean;
} {
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
  return { ...times, keep };
}

function time(date: Date | undefined, option: string): number | undefined {
  if (date === undefined) return undefined;
  const ms = date instanceof Date ? date.getTime() : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidOptionError({ option, got: String(date), expected: 'a valid Date' });
}
