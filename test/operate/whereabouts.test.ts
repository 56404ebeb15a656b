import { describe, expect, it } from 'vitest';
import type { QueueStatus } from '../../lib/operate/index.ts';
import { type Place, tell } from '../../lib/operate/whereabouts.ts';
import type { JobRecord } from '../../lib/state/index.ts';
import { broughtBack, DAY, LONG_AGO, MINUTE, NOW, putOff, RECORD, unsent } from './records.ts';

const QUEUE: QueueStatus = {
  pool: 'default',
  priority: 'normal',
  waiting: 7,
  inFlight: 3,
  delayed: 0,
  deadLetters: 0,
  feed: 'enabled',
  messageRetention: 18 * DAY,
};
const EMPTY = { waiting: 0, inFlight: 0 };

interface Row {
  readonly name: string;
  /** Whole, or what it has besides `RECORD`. */
  readonly record: Partial<JobRecord>;
  readonly queue?: Partial<QueueStatus> | 'unknown';
  readonly place: Place;
  readonly here: RegExp;
  readonly next: RegExp;
}

const ROWS: Row[] = [
  {
    name: 'just given to the outbox',
    record: broughtBack(2_000),
    place: 'outbox',
    here: /dispatch 2 stands in the table, and the lifecycle function is to send it to default\/normal/,
    next: /within seconds\.$/,
  },
  {
    name: 'just given to the outbox, for a drained queue',
    record: broughtBack(2_000),
    queue: { feed: 'disabled' },
    place: 'outbox',
    here: /dispatch 2 stands in the table/,
    next: /The queue is drained: not before `millrace resume default\/normal`\.$/,
  },
  {
    name: 'left to the outbox, and in no queue',
    record: broughtBack(5 * MINUTE),
    queue: EMPTY,
    place: 'outbox',
    here: /the lifecycle function had dispatch 2 to send, and no message is to be seen in default\/normal/,
    next: /the alarm LifecycleFailures .* the sweeper sends the next one .* in 19 d and up to a day\.$/,
  },
  {
    name: 'left to the outbox before it is due, and in no queue',
    record: unsent(2 * MINUTE),
    queue: EMPTY,
    place: 'outbox',
    here: /no message is to be seen/,
    next: /LifecycleFailures/,
  },
  {
    name: 'sent by the outbox before it is due',
    record: unsent(2 * MINUTE),
    queue: { ...EMPTY, delayed: 1 },
    place: 'delayed',
    here: /not due yet: it is scheduled. The lifecycle function had it to send\.$/,
    next: /due in 5 min/,
  },
  {
    name: 'back from the dead-letter queue, to wait for five minutes',
    record: broughtBack(3 * MINUTE, { hops: 2, runAt: NOW + 2 * MINUTE }),
    queue: { ...EMPTY, delayed: 1 },
    place: 'delayed',
    here: /not due yet: it is back from the dead-letter queue \(time 2 of 5\)\. The lifecycle function had it to send\.$/,
    next: /due in 2 min/,
  },
  {
    name: 'just back from the dead-letter queue, to wait for five minutes',
    record: broughtBack(1_000, { hops: 2, runAt: NOW + 5 * MINUTE - 1_000 }),
    queue: EMPTY,
    place: 'outbox',
    here: /is to send it/,
    next: /within seconds\.$/,
  },
  {
    name: 'back from the dead-letter queue, to wait for hours',
    record: broughtBack(140 * MINUTE, { hops: 5, runAt: NOW + 180 * MINUTE }),
    queue: EMPTY,
    place: 'schedule',
    here: /stands on a one-time schedule .*: it is back from the dead-letter queue \(time 5 of 5\)\. Nobody looked/,
    next: /in 3 h/,
  },
  {
    name: 'back from the dead-letter queue, and soon due',
    record: broughtBack(10 * MINUTE, { hops: 3, runAt: NOW + 10 * MINUTE }),
    queue: EMPTY,
    place: 'schedule',
    here: /stands on a one-time schedule/,
    next: /in 10 min/,
  },
  {
    name: 'sent by the outbox, to a drained queue',
    record: broughtBack(5 * MINUTE),
    queue: { feed: 'disabled' },
    place: 'paused',
    here: /that queue is drained .* The lifecycle function had it to send\.$/,
    next: /until `millrace resume default\/normal`/,
  },
  {
    name: 'on a one-time schedule, for a drained queue',
    record: putOff(MINUTE, { runAt: NOW + DAY }),
    queue: { feed: 'disabled' },
    place: 'schedule',
    here: /stands on a one-time schedule/,
    next: /The queue is drained: not before `millrace resume default\/normal`\.$/,
  },
  {
    name: 'on a one-time schedule',
    record: putOff(MINUTE, { runAt: NOW + DAY }),
    place: 'schedule',
    here: /^By its record, dispatch 2 stands on a one-time schedule until 2027-01-02T00:00:00.000Z: it is scheduled\. Nobody looked at that schedule: the configuration does not name its group\. While the alarm OutboxAge is on, .* have yet to make it, and what Scheduler refuses goes by SQS\.$/,
    next: /sends it to default\/normal in 24 h, or up to a minute later; then a worker takes it/,
  },
  {
    name: 'on a one-time schedule, retrying, soon due',
    record: putOff(DAY, { runAt: NOW + MINUTE, failed: true }),
    place: 'schedule',
    here: /it is retrying after attempt 1 \(TypeError: no\)/,
    next: /in 60 s/,
  },
  {
    name: 'sent by its one-time schedule',
    record: {
      out: 2,
      status: 'scheduled',
      enqueuedAt: NOW - DAY,
      startedAt: undefined,
      runAt: NOW - 5 * MINUTE,
    },
    place: 'queue',
    here: /Dispatch 2 waits in default\/normal, due since 5 min/,
    next: /A worker takes it/,
  },
  {
    name: 'soon due and in the outbox, because its first send failed',
    record: unsent(0),
    place: 'outbox',
    here: /stands in the table/,
    next: /within seconds/,
  },
  {
    name: 'sent by the outbox long ago, and waiting',
    record: broughtBack(5 * MINUTE),
    place: 'queue',
    here: /Dispatch 2 waits in default\/normal, due since 5 min; 7 wait there, 3 in flight. The lifecycle function had/,
    next: /when its turn comes/,
  },
  {
    name: 'scheduled',
    record: { status: 'scheduled', runAt: NOW + 10 * MINUTE },
    place: 'delayed',
    here: /not due yet: it is scheduled/,
    next: /due in 10 min/,
  },
  {
    name: 'scheduled, in a drained queue',
    record: { status: 'scheduled', runAt: NOW + 10 * MINUTE },
    queue: { feed: 'disabling' },
    place: 'delayed',
    here: /not due yet/,
    next: /due in 10 min; .* The queue is drained: not before `millrace resume default\/normal`\.$/,
  },
  {
    name: 'retrying',
    record: {
      status: 'retrying',
      runAt: NOW + 3_000,
      error: { name: 'TypeError', message: 'no such order', fingerprint: 'abc' },
    },
    place: 'delayed',
    here: /retrying after attempt 1 \(TypeError: no such order\)/,
    next: /due in 3.0 s|due in 3 s/,
  },
  {
    name: 'in a drained queue',
    record: {},
    queue: { feed: 'disabled' },
    place: 'paused',
    here: /that queue is drained/,
    next: /until `millrace resume default\/normal`/,
  },
  {
    name: 'due, and asked to end while a worker had it that gave it back',
    record: { cancelRequested: true },
    place: 'queue',
    here: /Dispatch 2 waits in default\/normal, due since 5 min/,
    next: /^A worker receives its message when its turn comes\. A cancel was requested: whoever receives its message ends it as cancelled\.$/,
  },
  {
    name: 'not due yet, and asked to end',
    record: { status: 'scheduled', runAt: NOW + 10 * MINUTE, cancelRequested: true },
    place: 'delayed',
    here: /not due yet: it is scheduled/,
    next: /^It is due in 10 min; then a worker receives its message\. A cancel was requested: .* ends it as cancelled\.$/,
  },
  {
    name: 'in a drained queue, and asked to end',
    record: { cancelRequested: true },
    queue: { feed: 'disabled' },
    place: 'paused',
    here: /that queue is drained/,
    next: /^Nothing happens to it until `millrace resume default\/normal`\. A cancel was requested: .* ends it as cancelled\.$/,
  },
  {
    name: 'asked to end, and of a type that no build knew',
    record: { cancelRequested: true, unknownSince: NOW - 1_000 },
    place: 'queue',
    here: /7 wait there, 3 in flight\.$/,
    next: /^A worker receives its message .* ends it as cancelled\.$/,
  },
  {
    name: 'asked to end, with a deadline ahead',
    record: { cancelRequested: true, deadline: NOW + 10 * MINUTE },
    place: 'queue',
    here: /waits in default\/normal/,
    next: /whoever receives its message ends it as cancelled\.$/,
  },
  {
    name: 'asked to end, past its deadline',
    record: { cancelRequested: true, deadline: NOW - 10 * MINUTE },
    place: 'queue',
    here: /waits in default\/normal/,
    next: /passed 10 min ago: a worker, or the sweeper at its next run, ends it as cancelled\.$/,
  },
  {
    name: 'left by its worker and asked to end, past its deadline',
    record: { status: 'running', leaseUntil: NOW - 1, cancelRequested: true, deadline: NOW - 3_000 },
    place: 'lapsed',
    here: /is gone/,
    next: /the sweeper at its next run, ends it as cancelled\.$/,
  },
  {
    name: 'in a queue that the configuration does not name',
    record: {},
    queue: 'unknown',
    place: 'queue',
    here: /does not name that queue/,
    next: /A worker takes it/,
  },
  {
    name: 'just enqueued, with counts that lag behind',
    record: { runAt: NOW - 2_000 },
    queue: EMPTY,
    place: 'queue',
    here: /due since 2 s/,
    next: /when its turn comes/,
  },
  {
    name: 'in the dead-letter queue, by all signs',
    record: {},
    queue: { ...EMPTY, deadLetters: 2 },
    place: 'dead-letter-queue',
    here: /default\/normal is empty; 2 lie in its dead-letter queue/,
    next: /The recorder brings it back/,
  },
  {
    name: 'lost',
    record: { ...LONG_AGO, runAt: NOW - 3 * DAY },
    queue: EMPTY,
    place: 'lost',
    here: /no message is to be seen/,
    // The sweeper's day, the queue's and the dead-letter queue's retention, from when a worker last had it.
    next: /the sweeper sends the next one .* in 17 d and up to a day/,
  },
  {
    name: 'running',
    record: { status: 'running' },
    place: 'worker',
    here: /A worker runs attempt 2 for 30 s; its lease holds for another 45 s/,
    next: /if it dies, another one takes over when the lease ends\.$/,
  },
  {
    name: 'running, of a drained queue',
    record: { status: 'running' },
    queue: { feed: 'disabled' },
    place: 'worker',
    here: /A worker runs attempt 2/,
    next: /another one takes over when the lease ends\. The queue is drained: not before `millrace resume default\/normal`\.$/,
  },
  {
    name: 'running, and asked to end',
    record: { status: 'running', cancelRequested: true },
    place: 'worker',
    here: /attempt 2/,
    next: /sees it within 15 s, and the job is cancelled unless the attempt succeeds or throws `Fail` first\.$/,
  },
  {
    name: 'left by its worker',
    record: { status: 'running', leaseUntil: NOW - MINUTE },
    place: 'lapsed',
    here: /its lease ended 60 s ago without an outcome \(time 1 of 3\)/,
    next: /another worker takes it/,
  },
  {
    name: 'left by its worker, in a drained queue',
    record: { status: 'running', leaseUntil: NOW - MINUTE },
    queue: { feed: 'disabled' },
    place: 'lapsed',
    here: /without an outcome/,
    next: /another worker takes it. The queue is drained: not before `millrace resume default\/normal`\.$/,
  },
  {
    name: 'left by its workers too often',
    record: { status: 'running', leaseUntil: NOW - MINUTE, unsettled: 3 },
    place: 'lapsed',
    here: /time 3 of 3/,
    next: /declared dead/,
  },
  {
    name: 'left by its worker, and asked to end',
    record: { status: 'running', leaseUntil: NOW - MINUTE, cancelRequested: true },
    place: 'lapsed',
    here: /is gone/,
    next: /ends it as cancelled/,
  },
  {
    name: 'blocked',
    record: { status: 'blocked' },
    place: 'blocked',
    here: /waits for other jobs/,
    next: /once they have ended/,
  },
  {
    name: 'blocked, of a schedule',
    record: { status: 'blocked', serial: '#nightly', schedule: 'nightly' },
    place: 'blocked',
    here: /the schedule 'nightly'/,
    next: /when its turn comes/,
  },
  {
    name: 'succeeded',
    record: { status: 'succeeded', endedAt: NOW - 5 * MINUTE, expiresAt: (NOW + 30 * DAY) / 1_000 },
    place: 'ended',
    here: /ended as succeeded 5 min ago/,
    next: /Nothing more. Its record is kept for another 30 d/,
  },
  {
    name: 'dead',
    record: {
      status: 'dead',
      endedAt: NOW - 5 * MINUTE,
      error: { name: 'TypeError', message: 'no such order', fingerprint: 'abc' },
    },
    place: 'ended',
    here: /died 5 min ago of TypeError: no such order/,
    next: /millrace jobs redrive the-id/,
  },
  {
    name: 'expired',
    record: { status: 'expired', endedAt: NOW - 5 * MINUTE, expiresAt: (NOW + 30 * DAY) / 1_000 },
    place: 'ended',
    here: /expired 5 min ago: its deadline passed/,
    next: /millrace jobs redrive the-id.*kept for another 30 d/,
  },
  {
    name: 'waiting with a deadline ahead',
    record: { deadline: NOW + 10 * MINUTE },
    place: 'queue',
    here: /waits in default\/normal/,
    next: /when its turn comes. Unless it starts before its deadline, in 10 min, it expires/,
  },
  {
    name: 'waiting past its deadline',
    record: { deadline: NOW - 10 * MINUTE },
    place: 'queue',
    here: /waits in default\/normal/,
    next: /passed 10 min ago: a worker, or the sweeper at its next run, ends it as expired/,
  },
  {
    name: 'running with a deadline ahead',
    record: { status: 'running', deadline: NOW + 10 * MINUTE },
    place: 'worker',
    here: /A worker runs/,
    next: /Its deadline is in 10 min: the handler is told by its signal/,
  },
  {
    name: 'running past its deadline',
    record: { status: 'running', deadline: NOW - 3_000 },
    place: 'worker',
    here: /A worker runs/,
    next: /passed 3 s ago, and no other attempt may start/,
  },
  {
    name: 'lapsed past its deadline',
    record: { status: 'running', leaseUntil: NOW - 1, deadline: NOW - 3_000 },
    place: 'lapsed',
    here: /is gone/,
    next: /the sweeper at its next run, declares it dead/,
  },
];

describe('where a job is', () => {
  it.each(ROWS)('is told of one that is $name', ({ record, queue = {}, place, here, next }) => {
    const status = queue === 'unknown' ? undefined : { ...QUEUE, ...queue };
    const whole = 'id' in record ? (record as JobRecord) : { ...RECORD, ...record };
    const told = tell(whole, { queue: status, now: NOW });
    expect(told).toEqual({
      place,
      here: expect.stringMatching(here),
      next: expect.stringMatching(next),
    });
    for (const sentence of [told.here, told.next]) expect(sentence).toMatch(/^[A-Z`].*\.$/);
  });
});
