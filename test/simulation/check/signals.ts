import { DEFAULTS } from '../../../lib/contract/index.ts';
import type { Execution } from '../app/behaviours.ts';
import type { JobLog } from './job-log.ts';
import { isSound } from './soundness.ts';

/** What was when a handler began, and when its signal fired; by the world's clock, in milliseconds. */
interface Begun {
  readonly at: number;
  readonly faults: number;
  firedAt: number | undefined;
}

/** How long a look at a record takes that nothing delays, in milliseconds. */
const LOOK = 100;

/** Whether the signals of handlers fire in time where their job is to be cancelled. */
export class Signals {
  readonly #now: () => number;
  readonly #begun = new WeakMap<Execution, Begun>();

  constructor(now: () => number) {
    this.#now = now;
  }

  began(execution: Execution, { faults }: JobLog, signal: AbortSignal): void {
    const begun: Begun = { at: this.#now(), faults, firedAt: undefined };
    this.#begun.set(execution, begun);
    signal.addEventListener('abort', () => {
      begun.firedAt ??= this.#now();
    });
  }

  /** How often its worker looked at it by now, at most. */
  beats(execution: Execution): number {
    const { at = this.#now() } = this.#begun.get(execution) ?? {};
    return Math.floor((this.#now() - at) / DEFAULTS.beat);
  }

  /** Milliseconds that the signal came, or was missing, later than a beat and a look after the cancel. */
  late(execution: Execution, { cancelAskedAt, lease, faults }: JobLog): number {
    const begun = this.#begun.get(execution);
    if (!begun || cancelAskedAt === undefined || lease?.execution !== execution) return 0;
    if (!isSound(execution) || begun.faults !== faults) return 0;
    const due = Math.max(cancelAskedAt, begun.at) + DEFAULTS.beat + LOOK;
    return Math.max(0, (begun.firedAt ?? this.#now()) - due);
  }
}
