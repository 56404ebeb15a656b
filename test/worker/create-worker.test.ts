import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CatalogError, defineCatalog, defineJob, ENV, EnvironmentError } from '../../lib/contract/index.ts';
import { createWorker, type WorkerOptions } from '../../lib/worker/index.ts';

const small = defineJob({ name: 'small', schema: z.object({}) });
const large = defineJob({ name: 'large', schema: z.object({}), pool: 'big' });
const catalog = defineCatalog([small, large]);
const done = () => undefined;

const env = {
  [ENV.table]: 'Jobs',
  [ENV.queues]: '{"default":{"normal":"http://127.0.0.1/1/a"}}',
  [ENV.pool]: 'default',
  [ENV.concurrency]: '10',
  [ENV.retention]: '60',
  [ENV.deadRetention]: '60',
};

/** As plain JavaScript calls it, with no compiler to object. */
const create = createWorker as unknown as (
  catalog: object,
  handlers: object,
  options: WorkerOptions<string>,
) => unknown;

describe('a worker', () => {
  it('needs a handler for each job type that it serves', () => {
    expect(() => create(catalog, { small: done }, { env })).toThrow(CatalogError);
    expect(() => create(catalog, { small: done, large: 'no function' }, { env })).toThrow(/'large'/);
    expect(() => create(catalog, { small: done, large: done }, { env })).not.toThrow();
    expect(() => create(catalog, { small: done }, { env, pool: 'default' })).not.toThrow();
  });

  it.each(Object.values(ENV).filter((name) => name in env))(
    'needs %s, and says so when it is made',
    (name) => {
      const without = { ...env, [name]: undefined };
      expect(() => create(catalog, { small: done, large: done }, { env: without })).toThrow(EnvironmentError);
      expect(() => create(catalog, { small: done, large: done }, { env: without })).toThrow(name);
    },
  );
});
