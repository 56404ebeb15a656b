import type { S3Client } from '@aws-sdk/client-s3';
import { Fail } from '../../lib/contract/index.ts';
import type { Handler } from '../../lib/worker/index.ts';
import type { buildReport } from './catalog.ts';
import { CsvInvalidError, csvRecords } from './report/csv-records.ts';
import { type CsvSummary, summarise } from './report/csv-summary.ts';
import { htmlReport } from './report/html-report.ts';
import { jsonReport } from './report/report.ts';
import { readObject, writeObject } from './storage/objects.ts';

const FORMATS = {
  html: { write: htmlReport, contentType: 'text/html; charset=utf-8' },
  json: { write: jsonReport, contentType: 'application/json' },
} as const;

export interface BuildOptions {
  readonly s3: S3Client;
  /** Where reports go, and inputs come from unless the payload says otherwise. */
  readonly bucket: string;
}

/**
 * Handles `report.build`: streams the CSV, so that its size does not matter, and writes `reports/<job id>.<format>`. The key
 * is the job's, so a second execution writes the same file again and not another one.
 *
 * An input that is missing or not CSV fails for good; throttling by S3 is tried again.
 */
export function makeBuild({ s3, bucket }: BuildOptions): Handler<typeof buildReport> {
  return async ({ source, format, title, groupBy }, { id, enqueuedAt, signal, logger }) => {
    const from = { s3, bucket: source.bucket ?? bucket, key: source.key, signal };
    const location = `s3://${from.bucket}/${from.key}`;
    const input = await readObject(from);
    const summary = await summarise(csvRecords(input), { groupBy }).catch((error: unknown): CsvSummary => {
      throw error instanceof CsvInvalidError
        ? new Fail(`${location}: ${error.message}`, { cause: error })
        : error;
    });
    const { write, contentType } = FORMATS[format];
    const body = Buffer.from(write({ title, source: location, requestedAt: enqueuedAt, summary }));
    const key = `reports/${id}.${format}`;
    await writeObject({ s3, bucket, key, signal }, { body, contentType });
    logger.info('report written', { key, rows: summary.rows, bytes: body.length });
    return { key, rows: summary.rows, bytes: body.length };
  };
}
