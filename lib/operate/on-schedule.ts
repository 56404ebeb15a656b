import type { JobRecord } from '../state/index.ts';
import { nameOf, reason } from './in-words.ts';
import { askedAt, OUTBOX_TIME } from './outbox-mark.ts';
import { type Seen, scheduleUnseenOf, untilResumed } from './seen.ts';
import { span } from './span.ts';
import { swept } from './unseen.ts';
import { taking } from './untaken.ts';
import type { Told } from './whereabouts.ts';

/** The record says that the outbox had it to put there, not what came of it. */
const UNKNOWN =
  'While the alarm OutboxAge is on, the lifecycle function may have yet to make it, and what Scheduler refuses goes by SQS.';

/** Of a job whose dispatch the outbox had to put on a one-time schedule, and whose time has not come. */
export function onSchedule(record: JobRecord, seen: Seen): Told {
  const { now, schedule } = seen;
  const { dispatch, runAt } = record;
  if (schedule && !schedule.stands) return absent(record, { ...seen, group: schedule.group });
  const at = schedule?.firesAt?.getTime() ?? runAt;
  const next = `EventBridge Scheduler sends it to ${nameOf(record)} in ${span(at - now)}, or up to a minute later; then a worker ${taking(record)}. A cancel takes the schedule with it.${untilResumed(record, seen)}`;
  const stands = `ispatch ${dispatch} stands on a one-time schedule until ${new Date(at).toISOString()}: it is ${reason(record)}.`;
  if (schedule) return { place: 'schedule', here: `D${stands}`, next };
  return { place: 'schedule', here: `By its record, d${stands} ${scheduleUnseenOf(seen)} ${UNKNOWN}`, next };
}

function absent(record: JobRecord, seen: Seen & { readonly group: string }): Told {
  const { now, queue, group } = seen;
  const { dispatch, runAt } = record;
  const name = nameOf(record);
  const until = `a one-time schedule until ${new Date(runAt).toISOString()}`;
  const resumed = untilResumed(record, seen);
  if (now - askedAt(record) < OUTBOX_TIME) {
    return {
      place: 'outbox',
      here: `It is in the outbox: dispatch ${dispatch} stands in the table, and the lifecycle function is to put it on ${until}.`,
      next: `It is put there within seconds; EventBridge Scheduler sends it to ${name} in ${span(runAt - now)}, or up to a minute later.${resumed}`,
    };
  }
  const delayed = queue?.delayed ?? 0;
  const counted = queue ? ` (${delayed} are delayed there)` : '';
  return {
    place: delayed > 0 ? 'delayed' : 'outbox',
    here: `By its record, dispatch ${dispatch} is to stand on ${until}: it is ${reason(record)}. But there is none of it in the group ${group}. The lifecycle function has yet to make it; or Scheduler did not take it, or it was hardly 15 minutes away any more, and its message waits in ${name} with a delay${counted}; or somebody deleted it.`,
    next: `Look at the alarm OutboxAge and at the lifecycle function’s log. If its message waits in ${name}, a worker gets it within 15 minutes and puts the job off again.${resumed} If the schedule was deleted, ${swept(record, { queue, now })}`,
  };
}
