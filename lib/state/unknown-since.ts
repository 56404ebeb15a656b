import type { JobRecord } from './record.ts';

/**
 * Since when builds could not run the job, in milliseconds since the epoch. Undefined: none has said so since the newest
 * claim, whose build could.
 */
export function unknownSince({ unknownSince: since, startedAt = 0 }: JobRecord): number | undefined {
  return since !== undefined && since > startedAt ? since : undefined;
}
