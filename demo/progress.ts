import pc from 'picocolors';
import { readable } from '../lib/cli/index.ts';

const WIDTH = 40;

export interface Standing {
  readonly done: number;
  readonly of: number;
  readonly note: string;
}

/** One line that is drawn over in a terminal; elsewhere a line every few seconds, and the last one. */
export class Progress {
  readonly #started = Date.now();
  #last = 0;

  draw(standing: Standing): void {
    const now = Date.now();
    if (now - this.#last < (process.stdout.isTTY ? 80 : 3_000)) return;
    this.#last = now;
    this.#write(standing);
  }

  end(standing: Standing): void {
    this.#write(standing);
    if (process.stdout.isTTY) process.stdout.write('\n');
  }

  #write({ done, of, note }: Standing): void {
    const text = `${done}/${of} jobs ended · ${note} · ${readable(Date.now() - this.#started)}`;
    if (!process.stdout.isTTY) {
      process.stdout.write(`  ${text}\n`);
      return;
    }
    const filled = Math.round((WIDTH * done) / of);
    const bar = pc.green('█'.repeat(filled)) + pc.dim('░'.repeat(WIDTH - filled));
    process.stdout.write(`\r\x1b[K${bar} ${text}`);
  }
}
