import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import { type JobLogger, LOG_LINES, type LoggerFactory } from '../observe/index.ts';
import { reason } from './reason.ts';

/** What tells of errors that nobody caught, as Node's `process` does. */
export type ErrorEvents = Pick<EventEmitter, 'on' | 'listeners' | 'removeListener'>;

const EVENTS = ['unhandledRejection', 'uncaughtException'] as const;

export interface StraysOptions {
  /** Undefined: nothing is taken over. */
  readonly events: ErrorEvents | undefined;
  readonly logger: LoggerFactory;
  readonly exit: (code: number) => void;
}

/** A job, as an error that its handler left behind is told with. */
export interface Origin {
  readonly type: string;
  readonly logger: JobLogger;
}

/**
 * Errors of handlers that no outcome knows: a promise that rejects and that nobody awaits, a timer or an event that throws.
 * Lambda's runtime ends the process at once, with every job that runs in it, whoever left the error behind.
 */
export class Strays {
  readonly #events: ErrorEvents | undefined;
  readonly #logger: LoggerFactory;
  readonly #exit: (code: number) => void;
  /** Whose handler an error comes from: Node keeps it for rejections, timers and events. */
  readonly #origin = new AsyncLocalStorage<Origin>();
  /** The runtime's listeners: it adds them before it loads the code that makes a worker. */
  readonly #replaced: readonly (readonly [string, readonly ((...args: unknown[]) => void)[]])[];
  readonly #types = new Set<string>();
  #taken = false;
  #invocations = 0;
  #broken = false;

  constructor({ events, logger, exit }: StraysOptions) {
    this.#events = events;
    this.#logger = logger;
    this.#exit = exit;
    const listeners = (event: string) => (events?.listeners(event) ?? []) as ((...args: unknown[]) => void)[];
    this.#replaced = EVENTS.map((event) => [event, listeners(event)] as const);
  }

  /** After an exception that nobody caught, Node vouches for nothing: the process begins no other job. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Until it is disposed of, jobs may run. Before the first one, errors are the runtime's: they fail its start. */
  invocation(): Disposable {
    this.#takeOver();
    this.#invocations += 1;
    return {
      [Symbol.dispose]: () => {
        this.#invocations -= 1;
      },
    };
  }

  /** Runs a job's handler so that what it leaves behind can be told to be its own. */
  within<T>(origin: Origin, work: () => T): T {
    if (!this.#events) return work();
    this.#types.add(origin.type);
    return this.#origin.run(origin, work);
  }

  #takeOver(): void {
    if (!this.#events || this.#taken) return;
    this.#taken = true;
    for (const [event, listeners] of this.#replaced)
      for (const listener of listeners) this.#events.removeListener(event, listener);
    this.#events.on('unhandledRejection', (error) => this.#tell('rejection', error));
    this.#events.on('uncaughtException', (error) => this.#thrown(error));
  }

  #thrown(error: unknown): void {
    this.#tell('exception', error);
    this.#broken = true;
    // Whoever invokes the worker ends the process once every job of it has settled; here, none holds a lease.
    if (this.#invocations === 0) this.#exit(1);
  }

  #tell(how: 'rejection' | 'exception', error: unknown): void {
    const logger = this.#origin.getStore()?.logger ?? this.#logger;
    const error_stack = error instanceof Error ? error.stack : undefined;
    logger.error(LOG_LINES.stray, { how, ...reason(error), error_stack, job_types: [...this.#types] });
  }
}
