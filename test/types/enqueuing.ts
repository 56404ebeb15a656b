import { expectTypeOf } from 'vitest';
import type { EnqueuedJob, EnqueueEntry } from '../../lib/client/index.ts';
import { type catalog, forgotten, importRows, millrace, renderReport, sendReceipt } from './jobs.ts';

// By name and by declaration, with and without what the schema fills in.
await millrace.enqueue('receipt.send', { orderId: '42' });
await millrace.enqueue(sendReceipt, { orderId: '42', copies: 2, at: '2026-11-23' });
await millrace.enqueue('rows.import', { rows: [1] }, { tenant: 'acme', delay: '5m', priority: 'high' });
await millrace.enqueue('report.render', { format: 'csv', separator: ';' });

// @ts-expect-error: an unknown job
await millrace.enqueue('receipt.sent', { orderId: '42' });
// @ts-expect-error: a declaration that the catalog does not have
await millrace.enqueue(forgotten, { orderId: '42' });
// @ts-expect-error: no payload
await millrace.enqueue('receipt.send');
// @ts-expect-error: a payload without a field
await millrace.enqueue('receipt.send', {});
// @ts-expect-error: a field of another type
await millrace.enqueue('receipt.send', { orderId: 42 });
// @ts-expect-error: the same, by declaration
await millrace.enqueue(sendReceipt, { orderId: 42 });
// @ts-expect-error: a field that the schema does not have
await millrace.enqueue('receipt.send', { orderId: '42', order: '42' });
// @ts-expect-error: the payload of another job
await millrace.enqueue('receipt.send', { rows: [1] });
// @ts-expect-error: the payload of another job, by declaration
await millrace.enqueue(importRows, { orderId: '42' });
// @ts-expect-error: a member of a union without its field
await millrace.enqueue('report.render', { format: 'csv' });
// @ts-expect-error: no member of the union
await millrace.enqueue(renderReport, { format: 'pdf' });
// @ts-expect-error: an unknown priority
await millrace.enqueue('receipt.send', { orderId: '42' }, { priority: 'urgent' });
// @ts-expect-error: a delay that is no duration
await millrace.enqueue('receipt.send', { orderId: '42' }, { delay: 'later' });
// @ts-expect-error: an option that is not there
await millrace.enqueue('receipt.send', { orderId: '42' }, { idempotencykey: 'order-42' });
// @ts-expect-error: tags are texts
await millrace.enqueue('receipt.send', { orderId: '42' }, { tags: { source: 7 } });

await millrace.enqueueMany([
  { job: 'receipt.send', payload: { orderId: '42' } },
  { job: importRows, payload: { rows: [1] }, options: { tenant: 'acme' } },
]);

// @ts-expect-error: one entry names an unknown job
await millrace.enqueueMany([{ job: 'receipt.sent', payload: { orderId: '42' } }]);
// @ts-expect-error: one entry has the payload of another job
await millrace.enqueueMany([{ job: 'receipt.send', payload: { rows: [1] } }]);
// @ts-expect-error: the same, by declaration
await millrace.enqueueMany([{ job: importRows, payload: { orderId: '42' } }]);
// @ts-expect-error: a declaration that the catalog does not have
await millrace.enqueueMany([{ job: forgotten, payload: { orderId: '42' } }]);
// @ts-expect-error: an entry has a payload
await millrace.enqueueMany([{ job: 'receipt.send' }]);

type Entry = EnqueueEntry<typeof catalog>;
expectTypeOf<{ job: 'rows.import'; payload: { rows: number[] } }>().toExtend<Entry>();
expectTypeOf<{ job: 'rows.import'; payload: { orderId: string } }>().not.toExtend<Entry>();

// The result of an enqueue carries the type of the job.
const receipt = await millrace.enqueue('receipt.send', { orderId: '42' });
expectTypeOf(receipt).toEqualTypeOf<EnqueuedJob<typeof sendReceipt>>();
const byDeclaration = await millrace.enqueue(sendReceipt, { orderId: '42' });
expectTypeOf(byDeclaration).toEqualTypeOf<EnqueuedJob<typeof sendReceipt>>();
