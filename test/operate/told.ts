import { expect } from 'vitest';
import type { QueueStatus } from '../../lib/operate/index.ts';
import type { Seen } from '../../lib/operate/seen.ts';
import { type Place, tell } from '../../lib/operate/whereabouts.ts';
import type { JobRecord } from '../../lib/state/index.ts';
import { DAY, NOW, RECORD } from './records.ts';

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
export const EMPTY = { waiting: 0, inFlight: 0 };

export interface Row {
  readonly name: string;
  /** Whole, or what it has besides `RECORD`. */
  readonly record: Partial<JobRecord>;
  readonly queue?: Partial<QueueStatus> | 'unknown';
  /** What else is known, or is not. */
  readonly seen?: Pick<Seen, 'forbidden' | 'schedule' | 'scheduleUnseen'>;
  readonly place: Place;
  readonly here: RegExp;
  readonly next: RegExp;
}

/** What is told of the job, in whole sentences. */
export function expectTold({ record, queue = {}, seen, place, here, next }: Row): void {
  const status = queue === 'unknown' ? undefined : { ...QUEUE, ...queue };
  const whole = 'id' in record ? (record as JobRecord) : { ...RECORD, ...record };
  const told = tell(whole, { ...seen, queue: status, now: NOW });
  expect(told).toEqual({
    place,
    here: expect.stringMatching(here),
    next: expect.stringMatching(next),
  });
  for (const sentence of [told.here, told.next]) expect(sentence).toMatch(/^[A-Z`].*\.$/);
}
