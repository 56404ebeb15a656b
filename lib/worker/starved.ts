import { decideClaim, explain, type JobRecord, redispatchWrite } from '../state/index.ts';
import { carryOut, explanation, postpone, waiting } from './carry-out.ts';
import type { Delivery } from './delivery.ts';
import type { WorkerDeps } from './deps.ts';
import { reason } from './reason.ts';
import type { Verdict } from './settle.ts';

/** Whether a lease of the job lapsed and counts still. What cannot be read is for the claim to find out. */
export async function lapsedBefore(deps: WorkerDeps, delivery: Delivery): Promise<boolean> {
  const { id, gen } = delivery.envelope;
  try {
    const record = await deps.table.get(id);
    return record?.gen === gen && record.unsettled > 0;
  } catch (error) {
    waiting(deps, delivery).warn('record not read', reason(error));
    return false;
  }
}

/**
 * Another message for a job whose message came time and again when there was no time for it: it would become a dead letter
 * unexecuted. No attempt is burnt, no hop, and what is unsettled stays.
 */
export async function handOver(deps: WorkerDeps, delivery: Delivery): Promise<Verdict> {
  const { table, clock, settings } = deps;
  const now = clock.now();
  const record = await table.get(delivery.envelope.id);
  const decision = decideClaim(record, { message: delivery.envelope, now, lapseLimit: settings.lapseLimit });
  if (decision.do !== 'claim' && decision.do !== 'claimed') return carryOut(deps, delivery, decision);
  return handOn(deps, delivery, record as JobRecord);
}

/** Of a record that may be claimed. A lapsed lease has no holder who may send: the outbox does. */
async function handOn(deps: WorkerDeps, delivery: Delivery, record: JobRecord): Promise<Verdict> {
  const now = deps.clock.now();
  if (record.status !== 'running') return postpone(deps, delivery, { record, runAt: now });
  const write = redispatchWrite(record, { now, hops: record.hops ?? 0 });
  const why = 'its lease lapsed, and its message came in vain too often';
  const result = await deps.table.updateWith(explain(write, record, explanation(deps, why)));
  return result.ok
    ? { do: 'ack', why: 'dispatched again through the outbox' }
    : { do: 'leave', until: now, why: 'the record changed meanwhile' };
}
