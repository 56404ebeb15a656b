import { WITHOUT } from '../rules/switch-off.ts';
import { Agenda } from './agenda.ts';
import type { Draws } from './draws.ts';
import type { Faults } from './faults.ts';
import { Names } from './names.ts';
import type { Story } from './story.ts';

/** 2027-01-01: every run begins then. */
export const START = Date.UTC(2027, 0, 1);

/** A run that is not over by then never ends. Without a rule of the protocol many do not: they are not waited for so long. */
const MOST_HAPPENINGS = process.env[WITHOUT] === undefined ? 500_000 : 60_000;

/** Virtual time, and what happens in it, one thing after the other. */
export class World {
  readonly draws: Draws;
  readonly faults: Faults;
  readonly story: Story;
  readonly names = new Names();
  /** Milliseconds since the epoch. */
  now = START;
  happened = 0;
  #agenda = new Agenda();
  #trace = 0;
  #awake = false;
  #stopped = false;

  constructor({ draws, faults, story }: { draws: Draws; faults: Faults; story: Story }) {
    this.draws = draws;
    this.faults = faults;
    this.story = story;
  }

  get lasted(): number {
    return this.now - START;
  }

  /** A digest of all that happened and when: equal for equal runs. */
  get trace(): string {
    return `${this.happened} happenings, ${this.now}, ${this.#trace.toString(16)}`;
  }

  /** The returned function calls it off. */
  after(ms: number, run: () => void | Promise<void>): () => void {
    return this.#agenda.enter(this.now + Math.max(0, ms), run);
  }

  /** Code of a process was given something: it may now run for as long as it finds something to do. */
  wake(): void {
    this.#awake = true;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** `jobs`: by id or name; none: it concerns all. */
  tell(actor: string, text: () => string, jobs: readonly string[] = []): void {
    if (this.story.told)
      this.story.add({
        at: this.now - START,
        actor,
        text: text(),
        jobs: jobs.map((id) => this.names.of(id)),
      });
  }

  /** Runs until nothing is left to happen. False: it did not come to an end. */
  async run(): Promise<boolean> {
    await settled();
    for (let next = this.#agenda.next(); next && !this.#stopped; next = this.#agenda.next()) {
      this.now = Math.max(this.now, next.at);
      this.happened += 1;
      this.#trace = (Math.imul(this.#trace, 31) + (this.now % 1_000_000_007) + next.order) >>> 0;
      if (this.happened > MOST_HAPPENINGS) return false;
      const waiting = next.run();
      if (waiting) await waiting;
      if (this.#awake) {
        this.#awake = false;
        await settled();
      }
    }
    return true;
  }
}

/** Processes wait for nothing but us: when the microtasks are done, all of them stand still. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
