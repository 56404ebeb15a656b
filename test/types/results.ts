import { expectTypeOf } from 'vitest';
import type { EndedJob, JobView } from '../../lib/client/index.ts';
import { millrace } from './jobs.ts';

const receipt = await millrace.enqueue('receipt.send', { orderId: '42' });
const ended = await millrace.wait(receipt, { timeout: '5s' });
expectTypeOf(ended).toEqualTypeOf<EndedJob<{ sentTo: string }>>();
expectTypeOf(ended.result).toEqualTypeOf<{ sentTo: string } | undefined>();
expectTypeOf(ended.status).toEqualTypeOf<'succeeded' | 'dead' | 'cancelled' | 'expired'>();
expectTypeOf(ended.endedAt).toEqualTypeOf<Date>();

const seen = await millrace.get(receipt);
expectTypeOf(seen).toEqualTypeOf<JobView<{ sentTo: string }> | undefined>();

// A type without a result's schema promises nothing about it, and neither does a bare id.
const report = await millrace.enqueue('report.render', { format: 'html' });
expectTypeOf((await millrace.wait(report)).result).toBeUnknown();
expectTypeOf((await millrace.wait('an id')).result).toBeUnknown();

// @ts-expect-error: the result may be missing: the job may have died
ended.result.sentTo;
// @ts-expect-error: the result has no such field
ended.result?.sentAt;
// @ts-expect-error: a job may not have been found
seen.status;
// @ts-expect-error: a job that may still run has perhaps no end
seen?.endedAt.getTime();
// @ts-expect-error: an ended job is not running
ended.status === 'running';
// @ts-expect-error: a result that is not declared wants a check
(await millrace.wait(report)).result.url;
// @ts-expect-error: a view cannot be written to
ended.status = 'dead';

const [redriven] = await millrace.redrive(['an id']);
if (redriven && !redriven.ok) expectTypeOf(redriven.error).toEqualTypeOf<Error>();
// @ts-expect-error: only a refused id has an error
redriven?.error;

const [entry] = await millrace.enqueueMany([{ job: 'receipt.send', payload: { orderId: '42' } }]);
if (entry?.ok) expectTypeOf(entry.job.id).toEqualTypeOf<string>();
// @ts-expect-error: only an accepted entry has a job
entry?.job;
