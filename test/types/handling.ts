import { expectTypeOf } from 'vitest';
import { createWorker, type Handler, type Handlers } from '../../lib/worker/index.ts';
import { catalog, type importRows, type sendReceipt } from './jobs.ts';

const send: Handler<typeof sendReceipt> = async ({ orderId, copies, at }, { signal, attempt }) => {
  expectTypeOf(orderId).toEqualTypeOf<string>();
  expectTypeOf(copies).toEqualTypeOf<number>();
  expectTypeOf(at).toEqualTypeOf<Date | undefined>();
  expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
  expectTypeOf(attempt).toEqualTypeOf<number>();
  return { sentTo: `${orderId}@example.com` };
};
const rows: Handler<typeof importRows> = ({ rows: values }) => values.length;
const render = (): void => undefined;

// All of them; by pool, those of the pool; inline, with the payload's type inferred.
createWorker(catalog, { 'receipt.send': send, 'rows.import': rows, 'report.render': render });
createWorker(catalog, { 'report.render': render }, { pool: 'heavy' });
createWorker(catalog, { 'receipt.send': send, 'rows.import': rows }, { pool: 'default' });
createWorker(
  catalog,
  {
    'report.render': (payload) => {
      expectTypeOf(payload).toEqualTypeOf<{ format: 'html' } | { format: 'csv'; separator: string }>();
    },
  },
  { pool: 'heavy' },
);

// @ts-expect-error: a handler is missing
createWorker(catalog, { 'receipt.send': send, 'rows.import': rows });
// @ts-expect-error: all are missing
createWorker(catalog, {});
// @ts-expect-error: a handler of the pool is missing
createWorker(catalog, { 'receipt.send': send }, { pool: 'default' });
// @ts-expect-error: there is no such pool
createWorker(catalog, { 'report.render': render }, { pool: 'light' });
// @ts-expect-error: a handler of a job that the catalog does not have
createWorker(catalog, { 'report.render': render, 'report.rendered': render }, { pool: 'heavy' });
// @ts-expect-error: a handler is a function
createWorker(catalog, { 'report.render': 'render' }, { pool: 'heavy' });

type All = Handlers<typeof catalog>;
// @ts-expect-error: a handler that wants the payload of another job
export const wrongPayload: Pick<All, 'receipt.send'> = { 'receipt.send': rows };
// @ts-expect-error: a payload's field of another type
export const wrongField: Handler<typeof sendReceipt> = ({ orderId }: { orderId: number }) => ({
  sentTo: `${orderId}`,
});
// @ts-expect-error: a field that the payload does not have
export const noField: Handler<typeof importRows> = ({ lines }) => lines;
// @ts-expect-error: a result that the schema refuses
export const wrongResult: Handler<typeof sendReceipt> = () => ({ sentTo: 42 });
// @ts-expect-error: the same, later
export const lateResult: Handler<typeof sendReceipt> = async () => ({ to: 'a@example.com' });
// @ts-expect-error: nothing in place of a result
export const noResult: Handler<typeof sendReceipt> = async () => undefined;
