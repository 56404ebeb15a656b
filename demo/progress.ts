import pc from 'picocolors';

const WIDTH = 40;

/** One line that is drawn over in a terminal; elsewhere a line every few seconds. */
export class Progress {
  readonly #started = Date.now();
  #last = 0;

  draw({ done, of, note }: { done: number; of: number; note: string }): void {
    const now = Date.now();
    const terminal = process.stdout.isTTY;
    if (now - this.#last < (terminal ? 80 : 3_000)) return;
    this.#last = now;
    const filled = Math.round((WIDTH * done) / of);
    const bar = pc.green('█'.repeat(filled)) + pc.dim('░'.repeat(WIDTH - filled));
    const line = `${bar} ${done}/${of} jobs ended  ${note}  ${((now - this.#started) / 1000).toFixed(1)} s`;
    process.stdout.write(terminal ? `\r\x1b[K${line}` : `${line}\n`);
  }

  end(): void {
    if (process.stdout.isTTY) process.stdout.write('\n');
  }
}
