import { DEFAULTS } from '../contract/index.ts';
import { LOG_LINES } from '../observe/index.ts';
import { deathOf, decideClaim, type JobRecord } from '../state/index.ts';
import { carryOut, end, postpone, waiting } from './carry-out.ts';
import type { Delivery } from './delivery.ts';
import type { WorkerDeps } from './deps.ts';
import { UnknownJobError } from './errors.ts';
import { isStarved } from './receives.ts';
import type { Verdict } from './settle.ts';
import { handOver } from './starved.ts';

/**
 * A type or version that this build does not know: a deploy is in progress, and a newer worker will know it. The wait
 * grows with the job's age, from half a minute to a quarter of an hour. Whom no build came to know for two weeks is dead.
 */
export async function postponeUnknown(deps: WorkerDeps, delivery: Delivery): Promise<Verdict> {
  const { envelope } = delivery;
  const now = deps.clock.now();
  const record = await deps.table.get(envelope.id);
  const { lapseLimit } = deps.settings;
  const decision = decideClaim(record, { message: envelope, now, lapseLimit });
  if (record && decision.do === 'claim' && record.status !== 'running')
    return postponeOrEnd(deps, delivery, record);
  if (decision.do !== 'claim' && decision.do !== 'claimed') return carryOut(deps, delivery, decision);
  if (isStarved(delivery.source)) return handOver(deps, delivery);
  return {
    do: 'leave',
    until: now + DEFAULTS.unknownTypeDelay,
    why: 'its lease lapsed in a build that knew its type',
  };
}

async function postponeOrEnd(deps: WorkerDeps, delivery: Delivery, record: JobRecord): Promise<Verdict> {
  const { type, version, enqueuedAt } = delivery.envelope;
  const now = deps.clock.now();
  const known = unknownSince(record);
  const since = known ?? now;
  report(deps, delivery, now - since);
  if (now - since >= DEFAULTS.unknownTypeLimit) return bury(deps, delivery, record);
  const wait = Math.min(
    Math.max(Math.ceil((now - enqueuedAt) / 2), DEFAULTS.unknownTypeDelay),
    DEFAULTS.unknownTypeCap,
  );
  const runAt = Math.min(now + wait, record.deadline ?? Number.POSITIVE_INFINITY);
  // The history tells it once: the waits that follow are the same.
  const why = known === undefined ? `this build does not know version ${version} of '${type}'` : undefined;
  return postpone(deps, delivery, { record, runAt, why, unknownSince: since });
}

/** A build that claimed the job since then knew it. */
function unknownSince({ unknownSince: since, startedAt = 0 }: JobRecord): number | undefined {
  return since !== undefined && since > startedAt ? since : undefined;
}

/** No deploy takes as long as the longest wait: from then on a person has to look. */
function report(deps: WorkerDeps, delivery: Delivery, unknown: number): void {
  const { version, priority, pool, dispatch } = delivery.envelope;
  const line = { version, priority, pool, dispatch, unknown_ms: unknown };
  const log = waiting(deps, delivery);
  if (unknown >= DEFAULTS.unknownTypeCap) log.error(LOG_LINES.unknown, line);
  else log.warn(LOG_LINES.unknown, line);
}

function bury(deps: WorkerDeps, delivery: Delivery, record: JobRecord): Promise<Verdict> {
  const { type, version } = delivery.envelope;
  const unknown = new UnknownJobError({ type, version, catalog: deps.catalog, handlers: deps.handlers });
  const { deadRetention } = deps.settings;
  return end(
    deps,
    delivery,
    record,
    deathOf(record, { error: unknown, now: deps.clock.now(), deadRetention }),
  );
}
