import { describe, expect, it } from 'vitest';
import { STATUSES, type Status } from '../../lib/contract/index.ts';
import {
  allows,
  type Event,
  everyTriple,
  IllegalTransitionError,
  transition,
} from '../../lib/state/index.ts';

/** The table of the design, row by row: event, states before, state after. */
const ROWS: readonly (readonly [Event, readonly string[], Status])[] = [
  ['accept', ['none'], 'queued'],
  ['accept', ['none'], 'scheduled'],
  ['accept', ['none'], 'blocked'],
  ['unblock', ['blocked'], 'queued'],
  ['claim', ['queued', 'scheduled', 'retrying', 'running'], 'running'],
  ['heartbeat', ['running'], 'running'],
  ['requestCancel', ['running'], 'running'],
  ['release', ['running'], 'queued'],
  ['defer', ['queued'], 'queued'],
  ['defer', ['scheduled'], 'scheduled'],
  ['defer', ['retrying'], 'retrying'],
  ['mark', ['queued'], 'queued'],
  ['mark', ['scheduled'], 'scheduled'],
  ['redispatch', ['queued', 'running'], 'queued'],
  ['redispatch', ['scheduled'], 'scheduled'],
  ['redispatch', ['retrying'], 'retrying'],
  ['succeed', ['running'], 'succeeded'],
  ['retry', ['running'], 'retrying'],
  ['snooze', ['running'], 'scheduled'],
  ['die', ['running', 'queued', 'scheduled', 'retrying'], 'dead'],
  ['cancel', ['running', 'queued', 'scheduled', 'retrying', 'blocked'], 'cancelled'],
  ['expire', ['queued', 'scheduled', 'retrying', 'blocked'], 'expired'],
  ['redrive', ['succeeded', 'dead', 'cancelled', 'expired'], 'queued'],
];

function legal({ event, from, to }: { event: Event; from: string; to: Status }): boolean {
  return ROWS.some(([on, before, after]) => on === event && before.includes(from) && after === to);
}

/** A write that the types would not let anyone ask for. */
function ask({ event, from, to }: { event: Event; from: string; to: Status }): () => unknown {
  const options = { id: 'a', on: event, from: [from], to, where: [] };
  return () => transition(options as unknown as Parameters<typeof transition>[0]);
}

describe('the transition table', () => {
  const triples = everyTriple();

  it('is asked about every event, from every state and from none, to every state', () => {
    const events = new Set(ROWS.map(([event]) => event));
    expect(triples).toHaveLength(events.size * (STATUSES.length + 1) * STATUSES.length);
  });

  it.each([...new Set(triples.map(({ event }) => event))])(
    'has the rows of the design and no other: %s',
    (event) => {
      for (const triple of triples.filter((each) => each.event === event)) {
        const { from, to } = triple;
        const row = `${from} → ${to} on ${event}`;
        expect(allows(event, from, to), row).toBe(legal(triple));
        if (legal(triple)) expect(ask(triple), row).not.toThrow();
        else expect(ask(triple), row).toThrow(IllegalTransitionError);
      }
    },
  );

  it('refuses a write whose states before are not all legal, and one without any', () => {
    expect(ask({ event: 'claim', from: 'dead', to: 'running' })).toThrow(
      /No job goes from 'dead' to 'running'/,
    );
    const mixed = { id: 'a', on: 'succeed', from: ['running', 'queued'], to: 'succeeded', where: [] };
    expect(() => transition(mixed as unknown as Parameters<typeof transition>[0])).toThrow(
      IllegalTransitionError,
    );
    const none = { id: 'a', on: 'succeed', from: [], to: 'succeeded', where: [] } as const;
    expect(() => transition(none)).toThrow(IllegalTransitionError);
  });

  it('never leads out of an ended state but by a redrive', () => {
    const ways = triples.filter(({ event, from, to }) => allows(event, from, to));
    const out = ways.filter(({ from }) => ['succeeded', 'dead', 'cancelled', 'expired'].includes(from));
    expect(new Set(out.map(({ event }) => event))).toEqual(new Set(['redrive']));
  });
});
