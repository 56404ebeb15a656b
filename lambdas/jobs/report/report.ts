import type { CsvSummary } from './csv-summary.ts';

/** What a report shows, in whatever format. */
export interface Report {
  readonly title: string;
  /** Where the numbers come from, such as `s3://bucket/key`. */
  readonly source: string;
  /** When the report was asked for. Not when it was built: a second build of the same job writes the same bytes. */
  readonly requestedAt: Date;
  readonly summary: CsvSummary;
}

/** The report for programs. */
export function jsonReport({ title, source, requestedAt, summary }: Report): string {
  return `${JSON.stringify({ title, source, requestedAt: requestedAt.toISOString(), ...summary }, null, 2)}\n`;
}
