import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Agenda } from '../../../lib/local/scheduler/agenda.ts';
import { ManualClock } from '../../clock/manual-clock.ts';

/** An agenda, and a record of what it did at which of its moments, counted from its beginning. */
function record() {
  const clock = new ManualClock(0);
  const agenda = new Agenda(clock);
  const done: [string, number][] = [];
  const note = (name: string, at: number, then?: () => void) =>
    agenda.at(at, async () => {
      done.push([name, agenda.now()]);
      then?.();
    });
  return { clock, agenda, done, note };
}

describe('the agenda', () => {
  it('does each thing at its moment when its time is moved, also what comes up on the way', async () => {
    const { agenda, done, note } = record();
    note('b', 20);
    note('a', 10, () => note('late', 15));
    note('never', 101);
    await agenda.advance(100);
    expect(done).toEqual([
      ['a', 10],
      ['late', 15],
      ['b', 20],
    ]);
    expect(agenda.now()).toBe(100);
  });

  it('lets what is under way end before the next moment comes', async () => {
    const { agenda } = record();
    const seen: string[] = [];
    agenda.at(10, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push('first');
    });
    agenda.at(20, async () => void seen.push('second'));
    await agenda.advance(20);
    expect(seen).toEqual(['first', 'second']);
  });

  it('follows its clock, over waits of weeks', async () => {
    const { clock, agenda, done, note } = record();
    const month = 30 * 86_400_000;
    note('far', month);
    clock.advance(month - 1);
    expect(done).toEqual([]);
    clock.advance(1);
    await agenda.settled();
    expect(done).toEqual([['far', month]]);
  });

  it('keeps what it was moved by when its clock goes on', async () => {
    const { clock, agenda, done, note } = record();
    await agenda.advance(50);
    note('soon', 70);
    clock.advance(20);
    await agenda.settled();
    expect(done).toEqual([['soon', 70]]);
    expect(agenda.now()).toBe(70);
  });

  it('does at once what has passed', async () => {
    const { clock, agenda, done, note } = record();
    note('past', -5);
    clock.advance(0);
    await agenda.settled();
    expect(done).toEqual([['past', 0]]);
  });

  it('does nothing more when it is disposed', async () => {
    const { clock, agenda, done, note } = record();
    note('a', 10);
    agenda[Symbol.dispose]();
    clock.advance(20);
    expect(done).toEqual([]);
  });

  it('does everything in order of moments, then of coming, but what is called off', async () => {
    const entries = fc.array(fc.record({ at: fc.integer({ min: 0, max: 20 }), calledOff: fc.boolean() }));
    await fc.assert(
      fc.asyncProperty(entries, async (all) => {
        const { agenda, done, note } = record();
        const callOff = all.map(({ at }, index) => note(String(index), at));
        for (const [index, { calledOff }] of all.entries()) if (calledOff) callOff[index]?.();
        await agenda.advance(20);
        const expected = all
          .map(({ at, calledOff }, index) => ({ at, calledOff, index }))
          .filter(({ calledOff }) => !calledOff)
          .sort((a, b) => a.at - b.at || a.index - b.index);
        expect(done).toEqual(expected.map(({ at, index }) => [String(index), at]));
      }),
    );
  });
});
