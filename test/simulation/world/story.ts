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

  /**
   * The lines about a job and those about everything; all lines without one. Invocations in which nothing happened are left
   * out, and where it is about several jobs, each line names its own.
   */
  read(job?: string): string {
    const about = this.#lines.filter(
      ({ jobs }) => job === undefined || jobs.length === 0 || jobs.includes(job),
    );
    const lines = withoutIdle(about);
    const several = new Set(lines.flatMap(({ jobs }) => jobs)).size > 1;
    const widest = lines.reduce((width, { actor }) => Math.max(width, actor.length), 0);
    return lines
      .map((line) => {
        const { at, actor, text } = line;
        return `${time(at)}  ${actor.padEnd(widest)}  ${text}${several ? named(line) : ''}`;
      })
      .join('\n');
  }
}

/** Without the invocations between whose begin and end their process did nothing. */
function withoutIdle(lines: readonly Line[]): Line[] {
  const idle = new Set<Line>();
  const begun = new Map<string, Line>();
  for (const line of lines) {
    const { actor, text } = line;
    const ended = /^(\S+) returned$/.exec(text)?.[1];
    const begin = ended === undefined ? undefined : begun.get(ended);
    if (begin) idle.add(begin).add(line);
    begun.delete(ended ?? actor);
    if (text === 'is invoked') begun.set(actor, line);
  }
  return lines.filter((line) => !idle.has(line));
}

const NAMES_SHOWN = 3;

function named({ jobs, text }: Line): string {
  const names = [...new Set(jobs)].filter((name) => !text.includes(name));
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return names.length === 0 ? '' : `  [${names.slice(0, NAMES_SHOWN).join(', ')}${more}]`;
}

/** 1d 02:03:04.005 */
function time(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  const clock = new Date(ms % 86_400_000).toISOString().slice(11, 23);
  return days > 0 ? `${days}d ${clock}` : clock;
}
