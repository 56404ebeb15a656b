import { isFar } from '../contract/index.ts';
import { LOG_LINES } from '../observe/index.ts';
import {
  type ClaimDecision,
  deferWrite,
  type Explanation,
  endingLine,
  endingOf,
  explain,
  type Held,
  type JobEnding,
  type JobRecord,
} from '../state/index.ts';
import type { Delivery } from './delivery.ts';
import type { WorkerDeps } from './deps.ts';
import { logger, resend, type Verdict } from './settle.ts';

/** Does what the table of decisions says about a message that did not get the lease. */
export async function carryOut(
  deps: WorkerDeps,
  delivery: Delivery,
  decision: Exclude<ClaimDecision, { do: 'claim' | 'claimed' }>,
): Promise<Verdict> {
  const { settings } = deps;
  const now = deps.clock.now();
  switch (decision.do) {
    case 'ack':
      return { do: 'ack', why: decision.why };
    case 'leave':
      if (decision.alarm) waiting(deps, delivery).error('message ahead of its record', { why: decision.why });
      return { do: 'leave', until: decision.until, why: decision.why };
    case 'send':
      await resend(deps, decision.record, delivery.envelope);
      return { do: 'ack', why: 'its next dispatch was sent again' };
    case 'defer':
      return postpone(deps, delivery, { record: decision.record, runAt: decision.record.runAt });
    case 'cancel':
    case 'expire':
    case 'bury':
      return end(deps, delivery, decision.record, endingOf(decision.record, decision, { now, ...settings }));
  }
}

/** Ends a job that no execution ends. Where the record has moved on since, the message comes back and is decided anew. */
export async function end(
  deps: WorkerDeps,
  delivery: Delivery,
  record: JobRecord,
  ending: JobEnding,
): Promise<Verdict> {
  const { write, outcome, why } = ending;
  const result = await deps.table.updateWith(explain(write, record, explanation(deps, why)));
  if (!result.ok) return { do: 'leave', until: deps.clock.now(), why: 'the record changed meanwhile' };
  const { priority, pool, dispatch } = delivery.envelope;
  const line = { ...endingLine(ending), priority, pool, dispatch };
  if (outcome === 'dead') waiting(deps, delivery).error(LOG_LINES.settled, line);
  else waiting(deps, delivery).info(LOG_LINES.settled, line);
  return { do: 'ack', why: outcome };
}

/**
 * The next dispatch, recorded before it is sent. No attempt is burnt. `why` goes on record; a job that is only early, because
 * no one-time schedule could be made for it, leaves no trace of it.
 */
export async function postpone(
  deps: WorkerDeps,
  delivery: Delivery,
  { record, why, ...next }: { record: JobRecord; runAt: number; why?: string; unknownSince?: number },
): Promise<Verdict> {
  const { table } = deps;
  const { runAt } = next;
  const far = isFar(runAt, deps.clock.now());
  const write = deferWrite(record, { nonce: delivery.envelope.nonce, ...next, far });
  const written =
    why === undefined
      ? table.update(write)
      : table.updateWith(explain(write, record, explanation(deps, why)));
  if (!(await written).ok)
    return { do: 'leave', until: deps.clock.now(), why: 'the record changed meanwhile' };
  if (!far) await resend(deps, { ...record, dispatch: record.dispatch + 1, runAt }, delivery.envelope);
  return { do: 'ack', why: 'dispatched again for later' };
}

/** Why the worker changed a record otherwise than by an attempt. */
export function explanation({ clock, chance, settings }: WorkerDeps, why: string): Explanation {
  return { by: 'worker', why, at: clock.now(), unique: chance.nonce(), retention: settings.deadRetention };
}

/** The logger of a message that no attempt runs for: it names the last one. */
export function waiting(deps: WorkerDeps, delivery: Delivery) {
  return logger(deps, { delivery, held: { attempts: delivery.envelope.attempts - 1 } as Held });
}
