import { z } from 'zod';
import { defineCatalog, defineJob } from '../../lib/contract/index.ts';
import type { Handler } from '../../lib/worker/index.ts';

/** The job type of most of the worker's tests. */
export const work = defineJob({
  name: 'work',
  schema: z.object({ n: z.number(), text: z.string().optional() }),
  timeout: '10s',
  retry: { maxAttempts: 3, backoff: { base: '4s', cap: '60s' } },
});
export const catalog = defineCatalog([work]);
export type WorkHandler = Handler<typeof work>;

/** Its lease: the timeout, and the margin of 15 s that every lease has. */
export const LEASE = 25_000;
