import * as v from 'valibot';
import { z } from 'zod';
import { MillraceClient } from '../../lib/client/index.ts';
import { defineCatalog, defineJob, defineSchedule } from '../../lib/contract/index.ts';

export const sendReceipt = defineJob({
  name: 'receipt.send',
  schema: z.object({ orderId: z.string(), copies: z.number().default(1), at: z.coerce.date().optional() }),
  result: z.object({ sentTo: z.string() }),
});

export const importRows = defineJob({
  name: 'rows.import',
  schema: v.object({ rows: v.array(v.number()) }),
  priority: 'low',
});

export const renderReport = defineJob({
  name: 'report.render',
  schema: z.discriminatedUnion('format', [
    z.object({ format: z.literal('html') }),
    z.object({ format: z.literal('csv'), separator: z.string() }),
  ]),
  pool: 'heavy',
});

/** Declared as the others, and forgotten in the catalog. */
export const forgotten = defineJob({ name: 'forgotten', schema: z.object({ orderId: z.string() }) });

export const nightlyImport = defineSchedule(importRows, {
  name: 'nightly-import',
  cron: '0 2 * * ? *',
  timeZone: 'Europe/Berlin',
  payload: { rows: [1] },
});

export const catalog = defineCatalog([sendReceipt, importRows, renderReport], { schedules: [nightlyImport] });

export const millrace = MillraceClient.fromEnvironment({ catalog });
