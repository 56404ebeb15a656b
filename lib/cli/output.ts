import { MillraceError } from '../contract/index.ts';
import { type Column, table } from './table.ts';

/** Where a command's lines go. */
export interface Terminal {
  /** The result: what another program may read. */
  readonly print: (line: string) => void;
  /** What is said on the way to it. @default nobody hears it */
  readonly note?: (line: string) => void;
  /** Characters of a line. @default lines are not broken */
  readonly columns?: number;
}

/** A command's result: one JSON document for a program, or lines for a person. */
export class Output {
  readonly json: boolean;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal, { json = false }: { readonly json?: boolean }) {
    this.#terminal = terminal;
    this.json = json;
  }

  /** The result as JSON where that was asked for, else as `human` says it. */
  result(value: object, human: () => void): void {
    if (this.json) this.#terminal.print(JSON.stringify(value, asJson, 2));
    else human();
  }

  print(line: string): void {
    this.#terminal.print(line);
  }

  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
    for (const line of table(rows, columns, this.#terminal.columns)) this.print(line);
  }

  /** Beside the result, not part of it. */
  note(line: string): void {
    this.#terminal.note?.(line);
  }

  /** The document that stands for a result that there is not. */
  error(thrown: unknown): void {
    this.#terminal.print(JSON.stringify({ error: asDocument(thrown) }, asJson, 2));
  }
}

/** Others' errors have the names of ours, so that a program need not look what is there. */
function asDocument(thrown: unknown): object {
  if (thrown instanceof MillraceError) return thrown;
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { name, code: 'UNEXPECTED', message, retryable: false, context: {} };
}

/** Errors as data: other errors than ours have no form in JSON of their own. */
function asJson(_key: string, value: unknown): unknown {
  if (!(value instanceof Error) || value instanceof MillraceError) return value;
  return { name: value.name, message: value.message };
}
