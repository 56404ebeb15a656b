import { CatalogError, UnknownJobError } from './input-errors.ts';
import type { JobType } from './job.ts';

/** Every job type of an application: what producers may enqueue, workers run, and the stack derives itself from. */
export interface Catalog<Jobs extends readonly JobType[] = readonly JobType[]> {
  readonly jobs: Jobs;
  /** The type of a name, or undefined. */
  find(name: string): JobType | undefined;
}

/** The job types of a catalog, as a union. */
export type JobIn<C extends Catalog> = C['jobs'][number];
/** The names of a catalog's job types, as a union. */
export type JobName<C extends Catalog> = JobIn<C>['name'];
/** The pools of a catalog's job types, as a union. */
export type PoolName<C extends Catalog> = JobIn<C>['pool'];
/** The job type that a name, or the declaration itself, stands for. */
export type JobOf<C extends Catalog, K> = K extends JobType ? K : Extract<JobIn<C>, { readonly name: K }>;

/**
 * Puts job types together. Both sides import it: the producers and the worker's entry.
 *
 * @throws {CatalogError} when two types share a name
 * @example export const catalog = defineCatalog([sendReceipt, deliverWebhook]);
 */
export function defineCatalog<const Jobs extends readonly JobType[]>(jobs: Jobs): Catalog<Jobs> {
  const byName = new Map<string, JobType>();
  for (const job of jobs) {
    if (byName.has(job.name)) {
      throw new CatalogError({
        what: `Two job types of the catalog have the name '${job.name}'`,
        fix: 'give each a name of its own',
        context: { name: job.name },
      });
    }
    byName.set(job.name, job);
  }
  return { jobs, find: (name) => byName.get(name) };
}

/**
 * The job type that a caller named.
 *
 * @throws {UnknownJobError} when the catalog does not have it
 */
export function lookUp(catalog: Catalog, job: string | JobType): JobType {
  const name = typeof job === 'string' ? job : job?.name;
  const found = catalog.find(name);
  if (!found) throw new UnknownJobError({ name: String(name), known: catalog.jobs.map((j) => j.name) });
  return found;
}
