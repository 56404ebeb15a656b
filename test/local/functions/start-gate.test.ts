import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StartGate } from '../../../lib/local/functions/start-gate.ts';

/** A clock that stands still until it is moved. */
class StillClock {
  #now = 0;
  #timers: { at: number; then: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.#now + ms, then };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  async move(ms: number): Promise<void> {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { then } of due) then();
    await setImmediate();
  }
}

/** Starts that take 100 ms, by the names of those that have begun and ended. */
function starts(clock: StillClock) {
  const begun: string[] = [];
  const ended: string[] = [];
  const start = (name: string) => async () => {
    begun.push(name);
    await new Promise<void>((resolve) => clock.after(100, resolve));
    ended.push(name);
  };
  return { begun, ended, start };
}

describe('the starts of sandboxes', () => {
  it('run at once as far as there is room', async () => {
    const clock = new StillClock();
    using gate = new StartGate({ width: 2, clock });
    const { begun, start } = starts(clock);
    for (const name of ['a', 'b', 'c']) void gate.pass(start(name));
    expect(begun).toEqual(['a', 'b']);
    await clock.move(100);
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('that are restrained run one by one, each after a rest of three times the last', async () => {
    const clock = new StillClock();
    using gate = new StartGate({ width: 2, clock });
    const { begun, start } = starts(clock);
    for (const name of ['a', 'b']) void gate.restrained(start(name), () => true);
    await setImmediate();
    await clock.move(100);
    expect(begun).toEqual(['a']);
    await clock.move(299);
    expect(begun).toEqual(['a']);
    await clock.move(1);
    expect(begun).toEqual(['a', 'b']);
  });

  it('that nobody wants any more do not rest', async () => {
    const clock = new StillClock();
    using gate = new StartGate({ width: 2, clock });
    const { begun, start } = starts(clock);
    void gate.restrained(start('a'), () => true);
    void gate.restrained(start('b'), () => false);
    await setImmediate();
    await clock.move(100);
    expect(begun).toEqual(['a', 'b']);
  });

  it('leave no timer behind when the gate is disposed', async () => {
    const clock = new StillClock();
    const gate = new StartGate({ width: 2, clock });
    const { begun, start } = starts(clock);
    for (const name of ['a', 'b']) void gate.restrained(start(name), () => true);
    await setImmediate();
    await clock.move(100);
    expect(clock.timers).toBe(1);
    gate[Symbol.dispose]();
    await setImmediate();
    expect(begun).toEqual(['a', 'b']);
    await clock.move(100);
    expect(clock.timers).toBe(0);
  });
});
