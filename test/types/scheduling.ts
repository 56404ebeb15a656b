import { expectTypeOf } from 'vitest';
import type { MillraceClient, PutSchedule } from '../../lib/client/index.ts';
import { type Catalog, defineCatalog, defineSchedule, type ScheduleName } from '../../lib/contract/index.ts';
import { type catalog, importRows, renderReport, sendReceipt } from './jobs.ts';

expectTypeOf<ScheduleName<typeof catalog>>().toEqualTypeOf<'nightly-import'>();
expectTypeOf<typeof catalog>().toExtend<Catalog>();
// Without schedules there is no name to ask for.
const plain = defineCatalog([sendReceipt]);
expectTypeOf<ScheduleName<typeof plain>>().toBeNever();

const name = 'hourly';

// What goes in is the schema's input: defaults may be left out.
defineSchedule(sendReceipt, { name, every: '1h', payload: { orderId: '42' } });
defineSchedule(sendReceipt, { name, every: '1h', payload: { orderId: '42', copies: 2 }, overlap: 'skip' });
defineSchedule(renderReport, { name, cron: '0 7 * * ? *', payload: { format: 'csv', separator: ';' } });
defineSchedule(importRows, {
  name,
  every: '1h',
  payload: { rows: [] },
  startAt: new Date(),
  endAt: Date.now(),
});

// @ts-expect-error: the payload is of another job type
defineSchedule(sendReceipt, { name, every: '1h', payload: { rows: [1] } });
// @ts-expect-error: a field of the payload has another type
defineSchedule(sendReceipt, { name, every: '1h', payload: { orderId: 42 } });
// @ts-expect-error: a field of the payload is missing
defineSchedule(renderReport, { name, every: '1h', payload: { format: 'csv' } });
// @ts-expect-error: the payload has no such field
defineSchedule(sendReceipt, { name, every: '1h', payload: { orderId: '42', order: 1 } });
// @ts-expect-error: a schedule has a payload
defineSchedule(sendReceipt, { name, every: '1h' });
// @ts-expect-error: a schedule has a name
defineSchedule(importRows, { every: '1h', payload: { rows: [] } });
// @ts-expect-error: cron or every
defineSchedule(importRows, { name, payload: { rows: [] } });
// @ts-expect-error: cron or every, not both
defineSchedule(importRows, { name, cron: '0 7 * * ? *', every: '1h', payload: { rows: [] } });
// @ts-expect-error: a rate has no time zone
defineSchedule(importRows, { name, every: '1h', timeZone: 'Europe/Berlin', payload: { rows: [] } });
// @ts-expect-error: a rate has a unit
defineSchedule(importRows, { name, every: 'hourly', payload: { rows: [] } });
// @ts-expect-error: there are three ways to overlap
defineSchedule(importRows, { name, every: '1h', overlap: 'wait', payload: { rows: [] } });
// @ts-expect-error: a time is a Date, milliseconds, or ISO 8601 with a time of day
defineSchedule(importRows, { name, every: '1h', startAt: '2026-01-01', payload: { rows: [] } });
// @ts-expect-error: there is no such option
defineSchedule(importRows, { name, every: '1h', zone: 'UTC', payload: { rows: [] } });
// @ts-expect-error: a schedule makes jobs of a declared type
defineSchedule('rows.import', { name, every: '1h', payload: { rows: [] } });
// @ts-expect-error: a catalog holds schedules
defineCatalog([importRows], { schedules: [{ name }] });

// The same at run time, by the client.
declare const client: MillraceClient<typeof catalog>;
const { schedules } = client;
expectTypeOf(schedules.put(sendReceipt, { name, every: '1h', payload: { orderId: '42' } })).toEqualTypeOf<
  Promise<PutSchedule>
>();
schedules.put('receipt.send', { name, tenant: 'acme', cron: '0 7 * * ? *', payload: { orderId: '42' } });
// @ts-expect-error: the payload is of another job type
schedules.put('receipt.send', { name, every: '1h', payload: { rows: [1] } });
// @ts-expect-error: there is no such job type
schedules.put('receipt.sent', { name, every: '1h', payload: { orderId: '42' } });
// @ts-expect-error: cron or every
schedules.put('receipt.send', { name, payload: { orderId: '42' } });
