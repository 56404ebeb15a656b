import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import { type Clock, MillraceError } from '../contract/index.ts';

/** A call that failed and took as long as this was not answered, in milliseconds: what is refused is refused at once. */
const SLOW = 2_000;
/** How long nobody is asked then, in milliseconds. */
const PAUSE = 30_000;

/** EventBridge Scheduler left a call unanswered a moment ago: it was not asked again. */
export class SchedulerSilentError extends MillraceError {
  static override readonly errorName: string = 'SchedulerSilentError';
  override readonly code: string = 'SCHEDULER_SILENT';
  override readonly retryable: boolean = true;

  constructor() {
    super({
      what: 'EventBridge Scheduler does not answer',
      got: `no answer to an earlier call; it is asked again ${PAUSE / 1000} s later`,
    });
  }
}

/**
 * Keeps this process from waiting for somebody who does not answer. After a call in vain the next ones fail at once, for a
 * while; one of them is made then, and when that is answered, they are all made again. What is refused at once has been
 * answered: it costs no time to ask.
 */
export class Breaker {
  readonly #clock: Clock;
  /** When to ask again; undefined: at any time. */
  #until: number | undefined;
  #asking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws {SchedulerSilentError} the call was not made */
  async call<T>(make: () => Promise<T>): Promise<T> {
    const alone = this.#until !== undefined;
    const began = this.#clock.now();
    if (this.#until !== undefined && (this.#asking || began < this.#until)) throw new SchedulerSilentError();
    this.#asking = alone;
    try {
      const answer = await make();
      this.#until = undefined;
      return answer;
    } catch (error) {
      const now = this.#clock.now();
      this.#until = isAnswer(error) || now - began < SLOW ? undefined : now + PAUSE;
      throw error;
    } finally {
      if (alone) this.#asking = false;
    }
  }
}

/** A refusal that it gave itself: late, it is no silence. */
function isAnswer(error: unknown): boolean {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return ($metadata?.httpStatusCode ?? 500) < 500;
}

/** What the client's ways to send have in common. */
interface Sender {
  send(...args: readonly unknown[]): Promise<unknown>;
}

/** The client, with each of its calls behind the breaker. */
export function behindBreaker(client: SchedulerClient, breaker: Breaker): SchedulerClient {
  const sender = client as unknown as Sender;
  const send: Sender['send'] = (...args) => breaker.call(() => sender.send(...args));
  return Object.create(client, { send: { value: send } });
}
