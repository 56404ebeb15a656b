import { describe, it } from 'vitest';
import { MINUTE, NOW } from './records.ts';
import { expectTold, type Row } from './told.ts';

/** Asked to end while a worker had them that gave them back, or died. */
const ROWS: Row[] = [
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
];

describe('where a job is that waits and is to end', () => {
  it.each(ROWS)('is told of one that is $name', expectTold);
});
