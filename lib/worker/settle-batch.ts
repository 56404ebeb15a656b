import type { Clock } from '../contract/index.ts';
import type { JobTable, Write, WriteResult } from '../state/index.ts';

interface Waiting {
  readonly write: Write;
  readonly resolve: (result: WriteResult | 'written') => void;
  readonly reject: (error: unknown) => void;
}

/** How long a finished job waits for its neighbours to finish too, in milliseconds: small beside a lease's margin. */
const LINGER = 10;

/**
 * Gathers the settles of jobs that end at about the same time into one request: requests are what a worker's CPU and
 * money go into. A job alone waits for nobody.
 */
export class SettleBatch {
  readonly #table: JobTable;
  readonly #clock: Clock;
  #running = 0;
  #waiting: Waiting[] = [];
  #stopTimer: (() => void) | undefined;

  constructor({ table, clock }: { table: JobTable; clock: Clock }) {
    this.#table = table;
    this.#clock = clock;
  }

  /** A job begins whose settle may come. */
  begin(): void {
    this.#running++;
  }

  /** The job is through, whichever way. */
  end(): void {
    this.#running--;
    this.#flushWhenAllWait();
  }

  /** `'written'`: applied; else as a single write of it came out. */
  write(write: Write): Promise<WriteResult | 'written'> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject });
      this.#stopTimer ??= this.#clock.after(LINGER, () => this.#flush());
      this.#flushWhenAllWait();
    });
  }

  #flushWhenAllWait(): void {
    if (this.#waiting.length > 0 && this.#waiting.length >= this.#running) this.#flush();
  }

  #flush(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) void this.#send(waiting);
  }

  async #send(waiting: readonly Waiting[]): Promise<void> {
    try {
      const results = await this.#table.updateMany(waiting.map(({ write }) => write));
      for (const [i, { write, resolve, reject }] of waiting.entries()) {
        if (results[i] === 'written') resolve('written');
        else this.#table.update(write).then(resolve, reject);
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
