import { describe, expect, it } from 'vitest';
import { Pace } from '../../lib/operate/pace.ts';
import { ManualClock } from '../clock/manual-clock.ts';

/** Lets every promise that can settle do so, and time pass wherever something waits for it. */
async function run(clock: ManualClock, work: Promise<unknown>): Promise<void> {
  let over = false;
  void work.finally(() => {
    over = true;
  });
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!over) clock.next();
  }
}

describe('a pace', () => {
  it('lets work begin at its rate, the first at once', async () => {
    const clock = new ManualClock();
    const began: number[] = [];
    const start = clock.now();
    const pace = new Pace({ clock, rate: 4, parallel: 100 });
    const all = async () => {
      for (let n = 0; n < 5; n++) await pace.begin(async () => void began.push(clock.now() - start));
    };
    await run(clock, all());
    expect(began).toEqual([0, 250, 500, 750, 1_000]);
  });

  it('lets only so much run at once', async () => {
    const clock = new ManualClock();
    const ends: (() => void)[] = [];
    const pace = new Pace({ clock, rate: 1_000_000, parallel: 2 });
    let begun = 0;
    const all = (async () => {
      for (let n = 0; n < 3; n++) {
        await pace.begin(() => {
          begun++;
          return new Promise<void>((resolve) => ends.push(resolve));
        });
      }
      await pace.ended();
    })();
    for (let turns = 0; turns < 50; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.next();
    }
    expect(begun).toBe(2);
    ends.shift()?.();
    for (let turns = 0; turns < 50; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.next();
    }
    expect(begun).toBe(3);
    for (const end of ends) end();
    await all;
  });

  it('does not make up for time in which nothing was asked of it', async () => {
    const clock = new ManualClock();
    const began: number[] = [];
    const pace = new Pace({ clock, rate: 1, parallel: 100 });
    const begin = () => pace.begin(async () => void began.push(clock.now()));
    await run(clock, begin());
    clock.advance(60_000);
    const resumed = clock.now();
    await run(clock, Promise.all([begin()]).then(begin));
    expect(began.slice(1)).toEqual([resumed, resumed + 1_000]);
  });

  it('begins nothing more once the signal aborts', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const pace = new Pace({ clock, rate: 1, parallel: 1 });
    await pace.begin(async () => undefined, controller.signal);
    const second = pace.begin(async () => expect.unreachable(), controller.signal);
    controller.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
  });
});
