import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENDED, isEnded, LIMITS, STATUSES } from '../../lib/contract/index.ts';
import { type ClaimDecision, decideClaim, type JobRecord } from '../../lib/state/index.ts';
import { queuedRecord } from '../conformance/job-writes.ts';

const base = queuedRecord('a');
const NOW = base.runAt;
const message = { id: 'a', gen: base.gen, dispatch: 3, nonce: 'mine' };
const lapseLimit = 3;

const record = (change: Partial<JobRecord>): JobRecord => ({ ...base, dispatch: 3, ...change });
const live = { status: 'running', token: 'theirs', leaseUntil: NOW, unsettled: 1 } as const;
const lapsed = { ...live, leaseUntil: NOW - 1 } as const;
const cancel = { cancelRequested: true };
const passed = { deadline: NOW };

function decide(old: JobRecord | undefined, token?: string): ClaimDecision {
  return decideClaim(old, { message, token, now: NOW, lapseLimit });
}

/** The rows of section 3.3, in the order in which the first that fits decides. */
const ROWS: readonly (readonly [string, Partial<JobRecord>, Partial<ClaimDecision>])[] = [
  ['another gen', { gen: 'gen-2' }, { do: 'ack' }],
  ...ENDED.map((status) => [`ended: ${status}`, { status }, { do: 'ack' }] as const),
  ['behind, the next waits, its holder', { dispatch: 4, status: 'retrying', holder: 'mine' }, { do: 'send' }],
  [
    'behind, the next waits, another holder',
    { dispatch: 4, status: 'retrying', holder: 'other' },
    { do: 'ack' },
  ],
  ['behind, the next waits, no holder', { dispatch: 4, status: 'queued' }, { do: 'ack' }],
  ['behind, the next runs', { ...live, dispatch: 4, holder: 'mine' }, { do: 'ack' }],
  ['behind by two', { dispatch: 5, holder: 'mine' }, { do: 'ack' }],
  ['ahead', { dispatch: 2 }, { do: 'leave', alarm: true, until: NOW + LIMITS.sqsDelay }],
  ['live lease of this message', { ...live, holder: 'mine' }, { do: 'leave', until: NOW + 1 }],
  ['live lease of another copy', { ...live, holder: 'other' }, { do: 'ack' }],
  ['live lease, cancel requested', { ...live, ...cancel, holder: 'mine' }, { do: 'leave' }],
  ['cancel requested, waiting', cancel, { do: 'cancel' }],
  ['cancel requested, lapsed', { ...lapsed, ...cancel }, { do: 'cancel' }],
  ['cancel requested, lapsed too often', { ...lapsed, ...cancel, unsettled: 3 }, { do: 'cancel' }],
  ['cancel requested, deadline passed', { ...cancel, ...passed }, { do: 'cancel' }],
  ['lapsed too often', { ...lapsed, unsettled: 3 }, { do: 'bury' }],
  ['lapsed once less', { ...lapsed, unsettled: 2 }, { do: 'claim' }],
  ['deadline passed, waiting', passed, { do: 'expire' }],
  ['deadline passed, blocked', { ...passed, status: 'blocked' }, { do: 'expire' }],
  ['deadline passed, lapsed', { ...lapsed, ...passed }, { do: 'bury' }],
  ['deadline not passed', { deadline: NOW + 1 }, { do: 'claim' }],
  ['blocked', { status: 'blocked' }, { do: 'ack' }],
  ['early by 15 minutes', { runAt: NOW + LIMITS.sqsDelay }, { do: 'leave', until: NOW + LIMITS.sqsDelay }],
  ['early by more', { runAt: NOW + LIMITS.sqsDelay + 1 }, { do: 'defer' }],
  ['lapsed, whatever runAt', { ...lapsed, runAt: NOW + 99_999_999 }, { do: 'claim' }],
  ['claimable again', {}, { do: 'claim' }],
];

describe('a message whose claim failed', () => {
  it('has nothing to do where there is no record', () => {
    expect(decide(undefined)).toMatchObject({ do: 'ack' });
  });

  it.each(ROWS)('%s', (_, change, decision) => {
    expect(decide(record(change))).toMatchObject(decision);
  });

  it('was claimed after all where the record has its token and runs', () => {
    expect(decide(record({ ...live, token: 'drawn' }), 'drawn')).toMatchObject({ do: 'claimed' });
    expect(decide(record({ ...lapsed, token: 'drawn' }), 'drawn')).toMatchObject({ do: 'claimed' });
    expect(decide(record({ ...live, token: undefined, holder: 'mine' }))).toMatchObject({ do: 'leave' });
    expect(decide(record({ status: 'succeeded', token: 'drawn' }), 'drawn')).toMatchObject({ do: 'ack' });
  });
});

/** Any record that could ever stand in the table, and some that could not. */
const anyRecord: fc.Arbitrary<JobRecord> = fc
  .record(
    {
      gen: fc.constantFrom(base.gen, 'gen-2'),
      status: fc.constantFrom(...STATUSES),
      dispatch: fc.integer({ min: 1, max: 5 }),
      runAt: fc.integer({ min: NOW - 2, max: NOW + 2 * LIMITS.sqsDelay }),
      unsettled: fc.integer({ min: 0, max: 4 }),
      holder: fc.constantFrom('mine', 'other'),
      token: fc.constantFrom('drawn', 'theirs'),
      leaseUntil: fc.integer({ min: NOW - 2, max: NOW + 2 }),
      cancelRequested: fc.constant(true),
      deadline: fc.integer({ min: NOW - 2, max: NOW + 2 }),
      out: fc.integer({ min: 1, max: 5 }),
    },
    { requiredKeys: ['gen', 'status', 'dispatch', 'runAt', 'unsettled'] },
  )
  .map(record);

describe('the table of decisions', () => {
  it('decides about every record, and safely', () => {
    const decided = new Set<string>();
    fc.assert(
      fc.property(anyRecord, fc.constantFrom('drawn', undefined), (old, token) => {
        const decision = decide(old, token);
        decided.add(decision.do);
        const { status, gen, dispatch, leaseUntil = 0 } = old;
        const current = gen === message.gen && dispatch === message.dispatch;
        const runs = status === 'running' && leaseUntil >= NOW;
        const mine = token !== undefined && old.token === token && status === 'running';
        // Nobody touches a job that has ended, or that another message stands for, or that somebody holds.
        if (['cancel', 'bury', 'expire', 'defer', 'claim'].includes(decision.do)) {
          expect(isEnded(status) || runs || !current).toBe(false);
        }
        // The holder's own message is never thrown away while its lease may yet lapse.
        if (current && status === 'running' && old.holder === 'mine') expect(decision.do).not.toBe('ack');
        if (decision.do === 'claimed') expect(mine).toBe(true);
        if (decision.do === 'leave') expect(decision.until).toBeGreaterThan(NOW);
        if (decision.do === 'send') expect(dispatch).toBe(message.dispatch + 1);
      }),
      { numRuns: 3_000, seed: 33 },
    );
    expect([...decided].sort()).toEqual(
      ['ack', 'bury', 'cancel', 'claim', 'claimed', 'defer', 'expire', 'leave', 'send'].sort(),
    );
  });
});
