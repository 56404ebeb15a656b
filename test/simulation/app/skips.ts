import { isEnded } from '../../../lib/contract/index.ts';
import { PROGRESS, scheduleOfProgress, serialOf } from '../../../lib/state/index.ts';
import type { Change } from '../aws/job-store.ts';

/** A tick that a schedule which says `skip` may have passed over. */
export interface Skippable {
  readonly serial: string;
  /** The time that it stands for, in milliseconds since the epoch. */
  readonly at: number;
}

/** Which ticks were passed over, and whether a job of their schedule was under way then. */
export class Skips {
  readonly #now: () => number;
  /** By schedule: its jobs that have not ended, whoever started them. */
  readonly #underWay = new Map<string, Set<string>>();
  /** By schedule: when one of its jobs ended last. */
  readonly #lastEnd = new Map<string, number>();
  /** When each tick was first sent; by schedule and time. */
  readonly #sent = new Map<string, number>();
  readonly #skipped = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  sent(tick: Skippable): void {
    const key = keyOf(tick);
    if (!this.#sent.has(key)) this.#sent.set(key, this.#now());
  }

  has(tick: Skippable): boolean {
    return this.#skipped.has(keyOf(tick));
  }

  /** The ticks that a change passed over for no reason: no job of the schedule was under way since they were sent. */
  changed({ before, after }: Change): Skippable[] {
    const { id, serial, status } = after?.record ?? {};
    if (id !== undefined && serial !== undefined && status !== undefined) {
      const under = this.#underWay.get(serial) ?? new Set();
      this.#underWay.set(serial, under);
      if (!isEnded(status)) under.add(id);
      else if (under.delete(id)) this.#lastEnd.set(serial, this.#now());
      return [];
    }
    const item = after?.item;
    const schedule = item?.['sk']?.S === PROGRESS ? scheduleOfProgress(item) : undefined;
    if (!schedule) return [];
    const known = timesIn(before?.item['skipped']?.S);
    const ticks = timesIn(item?.['skipped']?.S)
      .filter((at) => !known.includes(at))
      .map((at) => ({ serial: serialOf(schedule), at: Number(at) }));
    for (const tick of ticks) this.#skipped.add(keyOf(tick));
    return ticks.filter((tick) => !this.#mayBeSkipped(tick));
  }

  /** A decision goes by what was read before it was written: the job may have ended since. */
  #mayBeSkipped(tick: Skippable): boolean {
    if ((this.#underWay.get(tick.serial)?.size ?? 0) > 0) return true;
    const sent = this.#sent.get(keyOf(tick)) ?? Number.POSITIVE_INFINITY;
    return (this.#lastEnd.get(tick.serial) ?? Number.NEGATIVE_INFINITY) >= sent;
  }
}

function timesIn(skipped = ''): string[] {
  return skipped.split(',').filter(Boolean);
}

function keyOf({ serial, at }: Skippable): string {
  return `${serial} ${at}`;
}
