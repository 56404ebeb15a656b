import { StringDecoder } from 'node:string_decoder';
import { END_OF_OUTPUT } from './sandbox-protocol.ts';

/** CloudWatch's limit of one log event, in UTF-16 units here: a longer line is cut into several. */
const LONGEST_LINE = 256 * 1024;

export interface OutputLinesOptions {
  onLine(line: string): void;
  /** The sandbox has written everything that belongs to the invocation. */
  onEnd(): void;
}

/** Cuts a sandbox's output into lines and takes out the end-of-output marks. */
export class OutputLines {
  readonly #options: OutputLinesOptions;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(options: OutputLinesOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
    while (this.#rest.length > LONGEST_LINE) {
      this.#options.onLine(this.#rest.slice(0, LONGEST_LINE));
      this.#rest = this.#rest.slice(LONGEST_LINE);
    }
  }

  /** Gives out a last line that has no line feed. */
  flush(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.#options.onLine(rest);
  }

  #line(line: string): void {
    const end = line.endsWith(END_OF_OUTPUT);
    // A handler whose last write had no line feed leaves its text before the mark.
    const text = end ? line.slice(0, -END_OF_OUTPUT.length) : line;
    if (!end || text !== '') this.#options.onLine(text);
    if (end) this.#options.onEnd();
  }
}
