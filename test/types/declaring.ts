import { expectTypeOf } from 'vitest';
import { z } from 'zod';
import {
  defineCatalog,
  defineJob,
  type JobInput,
  type JobName,
  type JobPayload,
  type JobResult,
  type PoolName,
  Retry,
  Snooze,
} from '../../lib/contract/index.ts';
import type { catalog, importRows, renderReport, sendReceipt } from './jobs.ts';

const schema = z.object({ orderId: z.string() });

expectTypeOf<JobName<typeof catalog>>().toEqualTypeOf<'receipt.send' | 'rows.import' | 'report.render'>();
expectTypeOf<PoolName<typeof catalog>>().toEqualTypeOf<'default' | 'heavy'>();

// What goes in is the schema's input, what the handler gets is its output.
expectTypeOf<JobInput<typeof sendReceipt>['copies']>().toEqualTypeOf<number | undefined>();
expectTypeOf<JobPayload<typeof sendReceipt>['copies']>().toEqualTypeOf<number>();
expectTypeOf<JobPayload<typeof sendReceipt>['at']>().toEqualTypeOf<Date | undefined>();
expectTypeOf<JobPayload<typeof importRows>>().toEqualTypeOf<{ rows: number[] }>();
expectTypeOf<JobResult<typeof sendReceipt>>().toEqualTypeOf<{ sentTo: string }>();
expectTypeOf<JobResult<typeof renderReport>>().toBeUnknown();

// @ts-expect-error: a job type has a name
defineJob({ schema });
// @ts-expect-error: a job type has a schema
defineJob({ name: 'a' });
// @ts-expect-error: a schema has the Standard Schema interface
defineJob({ name: 'a', schema: { type: 'object' } });
// @ts-expect-error: a result has a schema of its own
defineJob({ name: 'a', schema, result: 'text' });
// @ts-expect-error: there are four priorities
defineJob({ name: 'a', schema, priority: 'urgent' });
// @ts-expect-error: a duration has a unit
defineJob({ name: 'a', schema, timeout: '30' });
// @ts-expect-error: a duration has one of five units
defineJob({ name: 'a', schema, timeout: '2w' });
// @ts-expect-error: attempts are a number
defineJob({ name: 'a', schema, retry: { maxAttempts: '3' } });
// @ts-expect-error: there is no such option
defineJob({ name: 'a', schema, attempts: 3 });
// @ts-expect-error: a catalog holds job types
defineCatalog([{ name: 'a' }]);

new Retry({ after: '5m' });
new Snooze({ for: '10m' });
new Snooze({ until: new Date() });
// @ts-expect-error: an outcome's time is a duration
new Retry({ after: 'soon' });
// @ts-expect-error: for or until
new Snooze({});
// @ts-expect-error: for or until, not both
new Snooze({ for: '10m', until: new Date() });
