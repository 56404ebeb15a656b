import type { Prepared } from './prepare.ts';

/**
 * Splits jobs into rounds in which no id occurs twice: entries of one idempotency key in one call. Each later one then
 * meets the record of the first, sent by then, and is deduplicated as in a call of its own.
 */
export function rounds<T extends { readonly job: Prepared }>(jobs: readonly T[]): T[][] {
  const result: T[][] = [];
  const seen = new Map<string, number>();
  for (const each of jobs) {
    const { id } = each.job.record;
    const round = seen.get(id) ?? 0;
    seen.set(id, round + 1);
    const group = result[round] ?? [];
    result[round] = group;
    group.push(each);
  }
  return result;
}
