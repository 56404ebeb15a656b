import { type Chance, type Clock, MillraceError, sleep } from '../contract/index.ts';
import type { JobLogger } from '../observe/index.ts';
import { reason } from './reason.ts';

export interface Persistence {
  readonly clock: Clock;
  readonly chance: Chance;
  /** No try begins from then on, in milliseconds since the epoch: a heartbeat that was under way may put it off. */
  readonly until: () => number;
  readonly logger: JobLogger;
  /** What is written, for the log. */
  readonly what: 'settle' | 'release';
}

/** First pause between two tries of a write that AWS refuses, in milliseconds; it doubles. */
const FIRST_PAUSE = 50;

/** Tries a write again for as long as it may succeed. A refusal that no try changes is thrown at once. */
export async function persist<T>(
  { clock, chance, until, logger, what }: Persistence,
  write: () => Promise<T>,
): Promise<T> {
  for (let pause = FIRST_PAUSE; ; pause *= 2) {
    try {
      return await write();
    } catch (error) {
      const wait = pause * (0.5 + chance.random() / 2);
      const hopeless = error instanceof MillraceError && !error.retryable;
      if (hopeless || clock.now() + wait >= until()) throw error;
      logger.warn(`${what} not written yet`, reason(error));
      await sleep(clock, wait);
    }
  }
}
