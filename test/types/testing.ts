import { expectTypeOf } from 'vitest';
import { defineCatalog } from '../../lib/contract/index.ts';
import { createTestMillrace, runJob } from '../../lib/testing/index.ts';
import { catalog, importRows, renderReport, sendReceipt } from './jobs.ts';

const { outcome } = await runJob(sendReceipt, async ({ orderId }) => ({ sentTo: orderId }), {
  orderId: '42',
});
// The result is there once the outcome is known, and has the type of the job's result.
if (outcome.kind === 'succeeded') expectTypeOf(outcome.result).toEqualTypeOf<{ sentTo: string }>();
if (outcome.kind === 'retrying' || outcome.kind === 'snoozed') expectTypeOf(outcome.wait).toBeNumber();
if (outcome.kind === 'dead')
  expectTypeOf(outcome.why).toEqualTypeOf<'failed' | 'no attempts left' | 'deadline'>();
// @ts-expect-error: a result that only an outcome has that succeeded
outcome.result;

// The handler's payload is the schema's output, context and all.
await runJob(sendReceipt, ({ copies }, { attempt }) => ({ sentTo: `${copies + attempt}` }), {
  orderId: '42',
});
await runJob(importRows, () => undefined, { rows: [1] }, { attempt: 3, tenant: 'acme', takes: '30s' });
// A payload of an older version is whatever it was.
await runJob(importRows, () => undefined, { lines: 'a' }, { version: 1 });

// @ts-expect-error: the payload of another job
await runJob(sendReceipt, async () => ({ sentTo: 'a' }), { rows: [1] });
// @ts-expect-error: a field of another type
await runJob(sendReceipt, async () => ({ sentTo: 'a' }), { orderId: 42 });
// @ts-expect-error: a member of a union without its field
await runJob(renderReport, () => undefined, { format: 'csv' });
// @ts-expect-error: a result that the job's result schema does not take
await runJob(sendReceipt, async () => ({ sentTo: 42 }), { orderId: '42' });
// @ts-expect-error: a field that the payload does not have
await runJob(sendReceipt, async ({ order }) => ({ sentTo: `${order}` }), { orderId: '42' });
// @ts-expect-error: a time that is no duration
await runJob(importRows, () => undefined, { rows: [1] }, { takes: 'long' });

const handlers = {
  'receipt.send': async () => ({ sentTo: 'a' }),
  'rows.import': () => undefined,
  'report.render': () => undefined,
};
await using millrace = await createTestMillrace({ catalog, handlers });
const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
expectTypeOf((await millrace.client.wait(job)).result).toEqualTypeOf<{ sentTo: string } | undefined>();
await millrace.advance('3d');
await millrace.drain({ untilEnded: true });

// @ts-expect-error: the payload of another job
await millrace.client.enqueue('receipt.send', { rows: [1] });
// @ts-expect-error: an unknown job
await millrace.client.enqueue('receipt.sent', { orderId: '42' });
// @ts-expect-error: time goes on by durations
await millrace.advance('later');
// @ts-expect-error: a handler is missing
await createTestMillrace({ catalog, handlers: { 'receipt.send': handlers['receipt.send'] } });
const wrong = { ...handlers, 'receipt.send': async () => ({ sentTo: 7 }) };
// @ts-expect-error: a handler whose result does not fit
await createTestMillrace({ catalog, handlers: wrong });
// A handler that is written in place knows its payload.
await createTestMillrace({
  catalog: defineCatalog([sendReceipt]),
  handlers: { 'receipt.send': async ({ orderId }) => ({ sentTo: orderId }) },
});
