import { type Catalog, defineCatalog, defineJob, type Schema } from '../../../lib/contract/index.ts';

/** What the simulated jobs carry: who they are, and which of the payloads of one key this is. */
export interface Payload {
  /** Names the job, or the key that several enqueues share. */
  readonly job: string;
  readonly variant: number;
  readonly pad?: string;
  /** Names the redrive that changed it last. */
  readonly patched?: string;
  /** Only payloads of version 2 have it. */
  readonly region?: string;
}

/** A schema of its own, because no schema library is what is tested here, and a run parses a thousand payloads. */
function schema(check: (payload: Payload) => boolean): Schema {
  return {
    '~standard': {
      version: 1,
      vendor: 'simulation',
      validate: (value) =>
        check(value as Payload) ? { value } : { issues: [{ message: 'not a payload of this version' }] },
    },
  };
}

const plain = schema(({ job, variant }) => typeof job === 'string' && typeof variant === 'number');
const regional = schema(({ region }) => region !== undefined);

const backoff = { base: '1s', cap: '30s' } as const;
const mail = defineJob({
  name: 'mail',
  schema: plain,
  priority: 'critical',
  timeout: '10s',
  retry: { maxAttempts: 3, backoff },
});
const report = defineJob({
  name: 'report',
  schema: plain,
  timeout: '60s',
  retry: { maxAttempts: 5, backoff },
});
const once = defineJob({ name: 'once', schema: plain, timeout: '5s', retry: { maxAttempts: 1 } });
const syncV1 = defineJob({ name: 'sync', schema: plain, timeout: '30s', retry: { maxAttempts: 4 } });
const sync = defineJob({
  name: 'sync',
  version: 2,
  schema: regional,
  upcast: { 1: (payload) => ({ ...(payload as Payload), region: 'none' }) },
  timeout: '30s',
  retry: { maxAttempts: 4 },
});

/** What is deployed in the end. */
export const catalog: Catalog = defineCatalog([mail, report, once, sync]);
/** What was deployed before: it lacks a type, and knows an older version of another. */
export const oldCatalog: Catalog = defineCatalog([mail, report, syncV1]);

export const TYPES = ['mail', 'report', 'once', 'sync'] as const;
