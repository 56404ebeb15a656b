import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { HandlerStuckError } from './errors.ts';

/** A handler that has begun and not ended. */
export interface RunningHandler {
  readonly id: string;
  readonly type: string;
  readonly attempt: number;
  /** By the virtual clock, in milliseconds since the epoch. */
  readonly since: number;
}

/** A schema that answers asynchronously, and has not yet. */
export interface RunningSchema {
  readonly type: string;
  readonly schema: 'payload' | 'result';
  /** By the virtual clock, in milliseconds since the epoch. */
  readonly since: number;
}

/** Turns of the event loop in which nothing began: whatever was only computing has come to its next call by then. */
const QUIET_TURNS = 3;

/** What takes real time: calls of the job table, handlers and schemas. While any of it goes on, virtual time stands still. */
export class Activity {
  readonly #patience: number;
  /** Handlers and schemas, and when they began in real time. */
  readonly #running = new Map<RunningHandler | RunningSchema, number>();
  #calls = 0;
  #begun = 0;
  #wake: () => void = () => undefined;

  /** @param patience the longest that a handler or a schema may run, in milliseconds of real time */
  constructor({ patience }: { patience: number }) {
    this.#patience = patience;
  }

  /** Handlers that have begun, in all. */
  get begun(): number {
    return this.#begun;
  }

  /** A call of the job table, until it is disposed. */
  call(): Disposable {
    this.#calls += 1;
    return {
      [Symbol.dispose]: () => {
        this.#calls -= 1;
        this.#wake();
      },
    };
  }

  /** A handler, until it is disposed. */
  handler(running: RunningHandler): Disposable {
    this.#begun += 1;
    return this.#track(running);
  }

  /** A schema, until it is disposed. */
  schema(running: RunningSchema): Disposable {
    return this.#track(running);
  }

  /**
   * Waits until everything stands still.
   *
   * @param overtake whether handlers and schemas that run on do not count
   * @throws {HandlerStuckError} a handler or a schema has run for longer than the patience
   */
  async still({ overtake }: { overtake: boolean }): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#calls > 0 || (this.#running.size > 0 && !overtake)) {
        await this.#change({ overtake });
        quiet = 0;
      }
    }
  }

  #track(running: RunningHandler | RunningSchema): Disposable {
    this.#running.set(running, performance.now());
    return {
      [Symbol.dispose]: () => {
        this.#running.delete(running);
        this.#wake();
      },
    };
  }

  /** Waits until a call, a handler or a schema ends. */
  async #change({ overtake }: { overtake: boolean }): Promise<void> {
    const [oldest] = this.#running;
    const limit = overtake || !oldest ? undefined : oldest[1] + this.#patience - performance.now();
    const change = new Promise<'changed'>((resolve) => {
      this.#wake = () => resolve('changed');
    });
    if (limit === undefined || !oldest) {
      await change;
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), Math.max(0, limit));
    });
    const first = await Promise.race([change, late]);
    clearTimeout(timer);
    if (first === 'late') throw new HandlerStuckError({ ...oldest[0], patience: this.#patience });
  }
}
