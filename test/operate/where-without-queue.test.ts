import { describe, expect, it } from 'vitest';
import { tell } from '../../lib/operate/whereabouts.ts';
import { broughtBack, DAY, MINUTE, NOW, putOff, RECORD } from './records.ts';
import { expectTold, type Row } from './told.ts';

const NO_QUEUE = /No queue default\/normal is configured: no worker of the stack is known to read it\.$/;
const REMEDY =
  'Deploy its pool again; or, where a newer configuration names that queue, ask with that one. Left as it is,';
const ENDS_DEAD =
  'A job that is to be sent and has no queue ends as dead (QueueGoneError): redrive it when the pool is there again.';

const ROWS: Row[] = [
  {
    name: 'due',
    record: {},
    place: 'queue',
    here: /^Dispatch 2 is due since 5 min\. No queue/,
    next: /^Nothing is known to take it\. Deploy its pool again; .* Left as it is, the sweeper sends the next one once none can exist any more\. A job that is to be sent and has no queue ends as dead \(QueueGoneError\)/,
  },
  {
    name: 'due, and sent by the outbox',
    record: broughtBack(5 * MINUTE),
    place: 'queue',
    here: /^Dispatch 2 is due since 5 min\. The lifecycle function had it to send\. No queue/,
    next: /^Nothing is known to take it\./,
  },
  {
    name: 'due, and to be cancelled',
    record: { cancelRequested: true },
    place: 'queue',
    here: NO_QUEUE,
    next: /^Nothing is known to take it\. .* Left as it is, the sweeper ends it as cancelled once none can exist any more\. A cancel was requested/,
  },
  {
    name: 'not due yet',
    record: { status: 'scheduled', runAt: NOW + 10 * MINUTE },
    place: 'delayed',
    here: NO_QUEUE,
    next: /^It is due in 10 min, and nothing is known to take it then\. Deploy its pool again/,
  },
  {
    name: 'in the outbox',
    record: broughtBack(2_000),
    place: 'outbox',
    here: NO_QUEUE,
    next: /^Nothing is known to take it\. Deploy its pool again; .* Left as it is, it ends as dead \(QueueGoneError\) when the lifecycle function is to send it: redrive it/,
  },
  {
    name: 'on a one-time schedule',
    record: putOff(MINUTE, { runAt: NOW + DAY }),
    place: 'schedule',
    here: NO_QUEUE,
    next: /^It is due in 24 h, and nothing is known to take it then\. Deploy its pool again/,
  },
  {
    name: 'due, and was on a one-time schedule',
    record: putOff(DAY, { runAt: NOW - 5 * MINUTE }),
    place: 'queue',
    here: /^Dispatch 2 is due since 5 min, and by its record stood on a one-time schedule.* No queue/,
    next: /^Nothing is known to take it\./,
  },
  {
    name: 'left by its worker',
    record: { status: 'running', leaseUntil: NOW - MINUTE },
    place: 'lapsed',
    here: NO_QUEUE,
    next: /^Nothing is known to take it\. Deploy its pool again/,
  },
];

describe('where a job is whose queue the configuration does not name', () => {
  it.each(ROWS.map((row): Row => ({ ...row, queue: 'unknown' })))('is told of one that is $name', expectTold);

  it('says what to do, and what becomes of it otherwise', () => {
    const { next } = tell(RECORD, { queue: undefined, now: NOW });
    expect(next).toContain(REMEDY);
    expect(next).toContain(ENDS_DEAD);
  });

  it('is told as ever of one that a worker runs', () => {
    const { here } = tell({ ...RECORD, status: 'running' }, { queue: undefined, now: NOW });
    expect(here).not.toMatch(NO_QUEUE);
  });
});
