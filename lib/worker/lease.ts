import { heartbeatWrite, type JobRecord, type WriteResult } from '../state/index.ts';
import type { Delivery } from './delivery.ts';
import type { WorkerDeps } from './deps.ts';
import { reason } from './reason.ts';

/** How a lease stands: still ours; ours, with a cancel requested; not ours any more. */
export type LeaseState = 'held' | 'cancelRequested' | 'lost';
/** `asItWas`: the table did not answer, and until the lease ends nothing says that it is not ours. */
export type Extended = LeaseState | 'asItWas';

/** A worker's time-limited right to a job, as it watches and prolongs it while the handler runs. */
export class Lease {
  readonly #deps: WorkerDeps;
  readonly #delivery: Delivery;
  /** The type's timeout, in milliseconds. */
  readonly #timeout: number;
  #until: number;
  /** Until when the message is to stay away, and what tells SQS so, while it is under way. */
  #awayUntil = 0;
  #keeping: Promise<void> | undefined;

  constructor(
    deps: WorkerDeps,
    { delivery, timeout, until }: { delivery: Delivery; timeout: number; until: number },
  ) {
    this.#deps = deps;
    this.#delivery = delivery;
    this.#timeout = timeout;
    this.#until = until;
  }

  /** Milliseconds since the epoch. */
  get until(): number {
    return this.#until;
  }

  /** Milliseconds between two looks. */
  get beat(): number {
    return this.#deps.settings.beat;
  }

  /** Looks at the record, and changes nothing. */
  async look(): Promise<LeaseState> {
    const { table } = this.#deps;
    return this.#stateIn(await table.get(this.#delivery.envelope.id));
  }

  /**
   * A whole timeout and its margin from now on, for the lease and for the message's visibility. The table decides; SQS is told
   * meanwhile, and one that does not answer holds up no attempt.
   */
  async extend(): Promise<Extended> {
    const { table, clock, settings } = this.#deps;
    const { envelope, token } = this.#delivery;
    const wanted = clock.now() + this.#timeout + settings.leaseMargin;
    let result: WriteResult;
    try {
      result = await table.update(heartbeatWrite({ message: envelope, token }, wanted));
    } catch (error) {
      // A throttle, or another's transaction: no reason to end an attempt whose lease still runs.
      this.#deps.logger.warn('lease not prolonged', { job_id: envelope.id, ...reason(error) });
      return clock.now() < this.#until ? 'asItWas' : 'lost';
    }
    const state = result.ok ? 'held' : this.#stateIn(result.old);
    if (state !== 'held') return state;
    // Refused and still held: an earlier try of this write, or a later heartbeat, came first.
    const until = Math.max(this.#until, result.ok ? wanted : (result.old?.leaseUntil ?? 0));
    this.#until = until;
    this.#awayUntil = Math.max(this.#awayUntil, until + settings.leaseMargin);
    this.#keeping ??= this.#keepAway();
    return 'held';
  }

  /**
   * Resolves when SQS has answered, or at `until` (milliseconds since the epoch): whoever decides about the message after an
   * attempt has the last word on it, and an invocation that is over is not held up.
   */
  async quiet(until: number): Promise<void> {
    if (!this.#keeping) return;
    const { clock } = this.#deps;
    const late = Promise.withResolvers<void>();
    const callOff = clock.after(Math.max(until - clock.now(), 0), late.resolve);
    await Promise.race([this.#keeping, late.promise]);
    callOff();
  }

  /**
   * The message must not come back to find a lease that still runs. SQS keeps it away for 12 hours at most, a Lambda
   * invocation ends within 15 minutes: the ceiling is out of reach of one receive. One change at a time, the latest next.
   */
  async #keepAway(): Promise<void> {
    const { visibility, logger } = this.#deps;
    const { source } = this.#delivery;
    for (let asked = 0; asked < this.#awayUntil; ) {
      asked = this.#awayUntil;
      try {
        await visibility.leave(source, asked);
      } catch (error) {
        // Then it does come back, and its worker leaves it until the lease ends: no reason to end the attempt.
        logger.warn('visibility not changed', { message_id: source.messageId, ...reason(error) });
      }
    }
    this.#keeping = undefined;
  }

  #stateIn(record: JobRecord | undefined): LeaseState {
    const { envelope, token } = this.#delivery;
    const mine = record?.gen === envelope.gen && record.token === token && record.status === 'running';
    if (!mine) return 'lost';
    return record.cancelRequested ? 'cancelRequested' : 'held';
  }
}
