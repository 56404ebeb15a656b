import type { JobRecord } from '../../../lib/state/index.ts';
import type { StateChange } from './change-checks.ts';
import { OUTLIVED } from './strain.ts';

/** What a record says of the life that a redrive ends: nothing of it may hold for the next one. */
const OF_A_LIFE = [
  ...['cancelRequested', 'holder', 'token', 'leaseUntil', 'startedAt', 'worker', 'endedAt'],
  ...['unknownSince', 'result', 'error', 'expiresAt'],
] as const satisfies (keyof JobRecord)[];

/** A redriven job keeps its payload, its priority and a deadline that is ahead; everything else begins anew. */
export function checkRedriven({ after, by, report }: StateChange): void {
  const left = OF_A_LIFE.filter((attribute) => after[attribute] !== undefined);
  if (left.length > 0) report('a redrive begins anew', `${left.join(', ')} of the life before stayed`);
  const { hops = 0, attempts, unsettled, deadline = Number.POSITIVE_INFINITY } = after;
  if (hops + attempts + unsettled > 0)
    report('a redrive begins anew', `returns ${hops}, attempts ${attempts}, lapses ${unsettled} stayed`);
  const late = by.clock.now() - deadline;
  // It was ahead when the operator decided, and behind when the write came.
  if (late > OUTLIVED) report('a redrive begins anew', `its deadline passed ${late} ms ago`);
}

/** What was claimed and handed back tells of no start: nothing was executed. */
export function checkHandedBack({ after, report }: StateChange): void {
  if (after.startedAt !== undefined || after.worker !== undefined)
    report('attempts are settled executions', `handed back, and started at ${after.startedAt}`);
}

/** Only an operator ends a job that nobody had asked to end, in this life of it. */
export function checkAsked({ by, log, report }: StateChange): void {
  const isSystem = ['worker', 'lifecycle', 'recorder', 'sweeper'].includes(by.role);
  if (isSystem && log.cancelAskedAt === undefined)
    report(
      'a redrive begins anew',
      `${by.name} cancelled it, and nobody had asked since it was put or redriven`,
    );
}

/** Nobody starts anew what cannot start in time: it expires. */
export function checkSentInTime({ before, by, report }: StateChange): void {
  const { deadline = Number.POSITIVE_INFINITY } = before ?? {};
  const late = by.clock.now() - deadline;
  if (by.role === 'sweeper' && late > OUTLIVED)
    report('no execution after the deadline', `sent again ${late} ms after it`);
}
