import { pipeline, type Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { MillraceError } from '../../../lib/contract/index.ts';

/** Longest record, in characters: a file whose quote never closes must not fill the memory. */
const MAX_RECORD = 1_048_576;

/** The input is not a CSV file that a report can be built from. */
export class CsvInvalidError extends MillraceError {
  static override readonly errorName: string = 'CsvInvalidError';
  override readonly code: string = 'CSV_INVALID';

  constructor({ what, line, fix, cause }: { what: string; line?: number; fix?: string; cause?: unknown }) {
    super({ what: line === undefined ? what : `Line ${line}: ${what}`, fix, context: { line }, cause });
  }
}

/**
 * The records of a CSV file (RFC 4180, with or without a byte order mark; empty lines are skipped), the header first. Every
 * record has as many fields as the header. Holds one record at a time.
 *
 * @throws {CsvInvalidError} with the line; an error of the input itself comes through as it is
 */
export async function* csvRecords(input: Readable): AsyncGenerator<readonly string[]> {
  const parser = parse({ bom: true, skip_empty_lines: true, max_record_size: MAX_RECORD });
  // The parser ends with whatever error either of the two has, and the loop below throws it.
  const records = pipeline(input, parser, () => undefined);
  try {
    for await (const record of records) yield record;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : undefined;
    throw new CsvInvalidError({ what: error.message, line, fix: 'correct the file', cause: error });
  }
}
