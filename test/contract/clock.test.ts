import { describe, expect, it } from 'vitest';
import { type Clock, sleep, systemClock } from '../../lib/contract/index.ts';

/** A clock whose timers the test fires. */
function heldClock(): Clock & { timers: Set<() => void> } {
  const timers = new Set<() => void>();
  return {
    timers,
    now: () => 0,
    after(_ms, then) {
      timers.add(then);
      return () => timers.delete(then);
    },
  };
}

describe('sleep', () => {
  it("ends when the clock's time is over, and lets go of the signal", async () => {
    const clock = heldClock();
    const { signal } = new AbortController();
    const sleeping = sleep(clock, 1_000, signal);
    for (const fire of clock.timers) fire();
    await expect(sleeping).resolves.toBeUndefined();
  });

  it('ends with the reason of a signal that aborts first, and calls the timer off', async () => {
    const clock = heldClock();
    const leaving = new AbortController();
    const sleeping = sleep(clock, 1_000, leaving.signal);
    leaving.abort(new Error('left'));
    await expect(sleeping).rejects.toThrow('left');
    expect(clock.timers.size).toBe(0);
  });

  it('does not begin when the signal has aborted already', async () => {
    const clock = heldClock();
    await expect(sleep(clock, 1_000, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
    expect(clock.timers.size).toBe(0);
  });

  it("waits by the system's clock", async () => {
    const before = systemClock.now();
    await sleep(systemClock, 5);
    // A timer may fire within the millisecond before.
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(4);
  });

  it("calls off a timer of the system's clock", async () => {
    let fired = false;
    systemClock.after(0, () => {
      fired = true;
    })();
    await sleep(systemClock, 2);
    expect(fired).toBe(false);
  });
});
