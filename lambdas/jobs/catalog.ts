import * as z from 'zod';
import { defineCatalog, defineJob, defineSchedule } from '../../lib/contract/index.ts';

/** Posts one event to a customer's URL, signed by the Standard Webhooks scheme. */
export const deliverWebhook = defineJob({
  name: 'webhook.deliver',
  schema: z.object({
    url: z.url({ protocol: /^https?$/, error: 'an http or https URL' }),
    event: z.object({
      type: z.string().min(1).max(100),
      data: z.record(z.string(), z.json()),
    }),
  }),
  /** `status`: the receiver's HTTP status. */
  result: z.object({ status: z.number().int() }),
  priority: 'high',
  timeout: '30s',
  // Quick at first, then patient: a receiver that restarts gets its event within seconds, one that is down has about two hours.
  retry: { maxAttempts: 24, backoff: { base: '1s', cap: '15m' } },
});

/** Turns a CSV object into a report: a summary of each column, and totals for each value of one of them. */
export const buildReport = defineJob({
  name: 'report.build',
  schema: z.object({
    /** `bucket` defaults to the bucket that reports are written to. */
    source: z.object({ bucket: z.string().min(3).max(63).optional(), key: z.string().min(1).max(1024) }),
    format: z.enum(['html', 'json']),
    title: z.string().min(1).max(200),
    /** The column to group by; without one the report has no groups. */
    groupBy: z.string().min(1).max(200).optional(),
  }),
  /** `bytes`: the size of the report. */
  result: z.object({ key: z.string(), rows: z.number().int(), bytes: z.number().int() }),
  priority: 'normal',
  timeout: '60s',
  retry: { maxAttempts: 4, backoff: { base: '5s', cap: '2m' } },
});

/** Gathers everything kept about a user into one archive that can be handed over (GDPR, article 15 and 20). */
export const exportUserData = defineJob({
  name: 'user-data.export',
  schema: z.object({
    userId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, underscores and hyphens, at most 64'),
  }),
  /** `bytes`: the size of the archive. */
  result: z.object({
    key: z.string(),
    manifestKey: z.string(),
    objects: z.number().int(),
    bytes: z.number().int(),
  }),
  priority: 'low',
  timeout: '120s',
  // Nobody waits for it, and what fails it (a broken source object, say) takes people to mend.
  retry: { maxAttempts: 3, backoff: { base: '1m', cap: '15m' } },
});

/** Every morning at seven, in winter and in summer: the product has put the orders of the day before there by then. */
const dailyOrders = defineSchedule(buildReport, {
  name: 'daily-orders',
  cron: '0 7 * * ? *',
  timeZone: 'Europe/Berlin',
  payload: { source: { key: 'input/daily-orders.csv' }, format: 'html', title: 'Orders of yesterday' },
  // Of a morning that the report was late by so much, nobody reads it any more.
  maxAge: '12h',
});

/** Every job type and schedule of this application. Producers, the worker and the stack import it; none of them needs a handler for it. */
export const catalog = defineCatalog([deliverWebhook, buildReport, exportUserData], {
  schedules: [dailyOrders],
});
