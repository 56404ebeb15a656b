import { DEFAULTS, type Envelope, type JobType, type MillraceError } from '../contract/index.ts';
import { LOG_LINES } from '../observe/index.ts';
import { deathOf, decideClaim, type JobRecord, unknownSince } from '../state/index.ts';
import { carryOut, end, postpone, waiting } from './carry-out.ts';
import type { Delivery } from './delivery.ts';
import type { WorkerDeps } from './deps.ts';
import { FunctionTooShortError, UnknownJobError } from './errors.ts';
import { isStarved } from './receives.ts';
import type { Verdict } from './settle.ts';
import { handOver } from './starved.ts';

/** Why no invocation of this build can run a job, however often its message comes. */
export interface Misfit {
  readonly why: string;
  /** What the job dies of if no other build comes that can. */
  readonly error: MillraceError;
  readonly fields?: Readonly<Record<string, number>>;
}

/** The build's catalog lacks the job's type or version, or nothing handles it. */
export function unknownHere({ catalog, handlers }: WorkerDeps, { type, version }: Envelope): Misfit {
  return {
    why: `this build does not know version ${version} of '${type}'`,
    error: new UnknownJobError({ type, version, catalog, handlers }),
  };
}

/** An invocation has less time than the type may take: its type came to another pool, say, and the job did not. */
export function tooLongHere(
  { settings }: WorkerDeps,
  { pool }: Envelope,
  { type, invocation }: { readonly type: JobType; readonly invocation: number },
): Misfit {
  const { name, timeout } = type;
  const reserve = settings.settleReserve;
  return {
    why: `an invocation's ${invocation} ms have no room for the ${timeout} ms of '${name}'`,
    error: new FunctionTooShortError({ type: name, pool, timeout, invocation, reserve }),
    fields: { timeout_ms: timeout, invocation_ms: invocation },
  };
}

/**
 * A job that this build cannot run: a deploy is in progress, and a newer worker will. The wait grows with the time for which
 * builds could not, from half a minute to a quarter of an hour. Whom none could run for two weeks is dead.
 */
export async function postponeUnfit(deps: WorkerDeps, delivery: Delivery, misfit: Misfit): Promise<Verdict> {
  const { envelope } = delivery;
  const now = deps.clock.now();
  const record = await deps.table.get(envelope.id);
  const { lapseLimit } = deps.settings;
  const decision = decideClaim(record, { message: envelope, now, lapseLimit });
  if (record && decision.do === 'claim' && record.status !== 'running')
    return postponeOrEnd(deps, delivery, { record, misfit });
  if (decision.do !== 'claim' && decision.do !== 'claimed') return carryOut(deps, delivery, decision);
  if (isStarved(delivery.source)) return handOver(deps, delivery);
  return {
    do: 'leave',
    until: now + DEFAULTS.unknownTypeDelay,
    why: 'its lease lapsed in a build that could run it',
  };
}

async function postponeOrEnd(
  deps: WorkerDeps,
  delivery: Delivery,
  { record, misfit }: { readonly record: JobRecord; readonly misfit: Misfit },
): Promise<Verdict> {
  const now = deps.clock.now();
  const known = unknownSince(record);
  const since = known ?? now;
  report(deps, delivery, { misfit, unknown: now - since });
  const { deadRetention } = deps.settings;
  const death = deathOf(record, { error: misfit.error, now, deadRetention });
  if (now - since >= DEFAULTS.unknownTypeLimit) return end(deps, delivery, record, death);
  const wait = Math.min(
    Math.max(Math.ceil((now - since) / 2), DEFAULTS.unknownTypeDelay),
    DEFAULTS.unknownTypeCap,
  );
  const runAt = Math.min(now + wait, record.deadline ?? Number.POSITIVE_INFINITY);
  // The history tells it once: the waits that follow are the same.
  const why = known === undefined ? misfit.why : undefined;
  return postpone(deps, delivery, { record, runAt, why, unknownSince: since });
}

/** No deploy takes as long as the longest wait: from then on a person has to look. */
function report(
  deps: WorkerDeps,
  delivery: Delivery,
  { misfit, unknown }: { readonly misfit: Misfit; readonly unknown: number },
): void {
  const { version, priority, pool, dispatch } = delivery.envelope;
  const line = { version, priority, pool, dispatch, unknown_ms: unknown, why: misfit.why, ...misfit.fields };
  const log = waiting(deps, delivery);
  if (unknown >= DEFAULTS.unknownTypeCap) log.error(LOG_LINES.unknown, line);
  else log.warn(LOG_LINES.unknown, line);
}
