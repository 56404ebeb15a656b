/** One line of what happened. */
export interface Line {
  /** Virtual milliseconds since the run began. */
  readonly at: number;
  readonly actor: string;
  readonly text: string;
  /** The jobs that it is about; none: it concerns all. */
  readonly jobs: readonly string[];
}

/** What happened, told for a reader. Off, it costs nothing: a run replays exactly, so only a failing one is told. */
export class Story {
  readonly told: boolean;
  readonly #lines: Line[] = [];

  constructor({ told }: { told: boolean }) {
    this.told = told;
  }

  add(line: Line): void {
    this.#lines.push(line);
  }

  /** The lines about a job and those about everything; all lines without one. */
  read(job?: string): string {
    const lines = this.#lines.filter(
      ({ jobs }) => job === undefined || jobs.length === 0 || jobs.includes(job),
    );
    const widest = lines.reduce((width, { actor }) => Math.max(width, actor.length), 0);
    return lines.map(({ at, actor, text }) => `${time(at)}  ${actor.padEnd(widest)}  ${text}`).join('\n');
  }
}

/** 1d 02:03:04.005 */
function time(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  const clock = new Date(ms % 86_400_000).toISOString().slice(11, 23);
  return days > 0 ? `${days}d ${clock}` : clock;
}
