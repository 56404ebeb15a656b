import { DEFAULTS, type MillraceError } from '../contract/index.ts';
import {
  AttemptTimeoutError,
  CancelRequestedError,
  DeadlinePassedError,
  LeaseLostError,
  type Step,
} from './errors.ts';
import type { Execution } from './execute.ts';
import type { JobContext } from './handler.ts';
import type { Extended } from './lease.ts';
import { reason } from './reason.ts';
import { type Kept, type Refused, readPayload, readResult } from './schemas.ts';

export type Raced = Kept | Refused | { readonly thrown: unknown };

/** One attempt against the clock, from the payload's schema to the result's: its signal, its beats, its timeout. */
export class Attempt {
  readonly #execution: Execution;
  readonly #controller = new AbortController();
  readonly #late: Promise<'late'>;
  #giveUp: () => void = () => undefined;
  /** What calls off the timers that run now. */
  #stops: (() => void)[] = [];
  #stopBeat: () => void = () => undefined;
  /** When the time of the attempt is over, in milliseconds since the epoch. */
  #endsAt = 0;
  #over = false;
  #step: Step = 'payload schema';

  constructor(execution: Execution) {
    this.#execution = execution;
    this.#late = new Promise((resolve) => {
      this.#giveUp = () => resolve('late');
    });
  }

  /**
   * Runs to its end, or until its time is over. A handler is stuck then, and may still be running; what a schema still
   * answers goes nowhere.
   */
  async run(): Promise<{ raced: Raced; stuck: boolean }> {
    this.#arm(this.#execution.type.timeout);
    this.#beat();
    const first = await Promise.race([this.#steps(), this.#late]);
    this.#over = true;
    this.#disarm();
    this.#stopBeat();
    return first === 'late'
      ? { raced: { thrown: this.#lateness() }, stuck: this.#step === 'handler' }
      : { raced: first, stuck: false };
  }

  async #steps(): Promise<Raced> {
    const { handler, type, envelope, payload } = this.#execution;
    const read = await readPayload(type, { version: envelope.version, payload });
    if (!('payload' in read)) return read;
    let returned: unknown;
    try {
      // A schema hears no signal: the attempt may be over by now, or nobody may want the job any more.
      this.#controller.signal.throwIfAborted();
      this.#step = 'handler';
      returned = await handler(read.payload, this.#context());
    } catch (thrown) {
      return { thrown: this.#why(thrown) };
    }
    this.#step = 'result schema';
    return readResult(type, returned);
  }

  /** The signal fires a little before the time is over, and at the deadline; from then on there is that little, too. */
  #arm(time: number): void {
    const { clock, envelope } = this.#execution;
    this.#disarm();
    this.#endsAt = clock.now() + time;
    const warnAfter = Math.max(time - DEFAULTS.signalLead, time * 0.9);
    this.#stops = [
      clock.after(warnAfter, () => this.#controller.abort(this.#timedOut())),
      clock.after(time, () => this.#giveUp()),
    ];
    const { deadline = Number.POSITIVE_INFINITY } = envelope;
    const left = deadline - clock.now();
    if (left >= time) return;
    this.#stops.push(
      clock.after(left, () => this.#controller.abort(this.#deadlinePassed(deadline))),
      clock.after(Math.min(left + DEFAULTS.signalLead, time), () => this.#giveUp()),
    );
  }

  #disarm(): void {
    for (const stop of this.#stops) stop();
  }

  /** Looks at the lease at every beat: who cancels a job, or takes it over, tells nobody but the record. */
  #beat(): void {
    const { clock, lease, logger } = this.#execution;
    this.#stopBeat = clock.after(lease.beat, async () => {
      try {
        this.#heed(await lease.look());
      } catch (error) {
        // The next beat looks again; the settle would notice all the same.
        logger.warn('lease not looked at', reason(error));
      }
      if (!this.#over) this.#beat();
    });
  }

  async #heartbeat(): Promise<number> {
    const { clock, lease, type, envelope, latest } = this.#execution;
    if (this.#over) throw new LeaseLostError({ id: envelope.id });
    const { deadline = Number.POSITIVE_INFINITY } = envelope;
    // The signal has fired by now: more time is not to be had.
    if (deadline <= clock.now()) throw this.#deadlinePassed(deadline);
    const asked = clock.now();
    const extended = await this.#unlessAborted(lease.extend());
    const refused = this.#heed(extended);
    if (refused) throw refused;
    // The lease counts from when it was asked for, and no answer that comes late makes it shorter.
    const end = Math.min(asked + type.timeout, latest);
    if (extended === 'held' && !this.#over && end > this.#endsAt) this.#arm(Math.max(end - clock.now(), 0));
    return Math.max(Math.min(this.#endsAt, deadline) - clock.now(), 0);
  }

  /** An answer that does not come must not keep a handler from its signal. */
  async #unlessAborted<T>(answer: Promise<T>): Promise<T> {
    const { signal } = this.#controller;
    signal.throwIfAborted();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    try {
      return await Promise.race([answer, aborted]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  #heed(state: Extended): MillraceError | undefined {
    if (state === 'held' || state === 'asItWas') return undefined;
    const { id } = this.#execution.envelope;
    const reason = state === 'lost' ? new LeaseLostError({ id }) : new CancelRequestedError({ id });
    if (!this.#over) this.#controller.abort(reason);
    return reason;
  }

  /** `fetch` throws why the signal fired; Node's timers and streams hide it in an `AbortError`, the AWS SDK leaves it out. */
  #why(thrown: unknown): unknown {
    const { aborted, reason } = this.#controller.signal;
    if (!aborted || !(thrown instanceof Error) || thrown.name !== 'AbortError') return thrown;
    return thrown.cause === undefined || thrown.cause === reason ? reason : thrown;
  }

  /** What an attempt failed of that did not end by itself. */
  #lateness(): MillraceError {
    const { reason } = this.#controller.signal;
    return reason instanceof DeadlinePassedError ? reason : this.#timedOut();
  }

  #deadlinePassed(deadline: number): DeadlinePassedError {
    return new DeadlinePassedError({ id: this.#execution.envelope.id, deadline });
  }

  #timedOut(): AttemptTimeoutError {
    const { name, timeout } = this.#execution.type;
    return new AttemptTimeoutError({ type: name, timeout, step: this.#step });
  }

  #context(): JobContext {
    const { type, envelope, attempt, logger } = this.#execution;
    const { id, tenant, correlationId, enqueuedAt, deadline } = envelope;
    // The handler's own: what it does to them is nobody else's.
    const tags = { ...envelope.tags };
    return {
      ...{ id, type: type.name, tenant, correlationId, tags, attempt, logger },
      signal: this.#controller.signal,
      deadline: deadline === undefined ? undefined : new Date(deadline),
      heartbeat: () => {
        const beat = this.#heartbeat();
        // Whoever awaits it gets the error. Nobody does in a timer, and a rejection that nobody awaits is no job's outcome.
        beat.catch(() => undefined);
        return beat;
      },
      maxAttempts: type.retry.maxAttempts,
      enqueuedAt: new Date(enqueuedAt),
    };
  }
}
