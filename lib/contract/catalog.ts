import { CatalogError, UnknownJobError } from './input-errors.ts';
import type { JobType } from './job.ts';
import type { Schedule } from './schedule.ts';

/**
 * Every job type and schedule of an application: what producers may enqueue, workers run, and the stack derives itself
 * from.
 */
export interface Catalog<
  Jobs extends readonly JobType[] = readonly JobType[],
  Schedules extends readonly Schedule[] = readonly Schedule[],
> {
  readonly jobs: Jobs;
  /** The schedules that are deployed with the stack. */
  readonly schedules: Schedules;
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
/** The names of a catalog's schedules, as a union. */
export type ScheduleName<C extends Catalog> = C['schedules'][number]['name'];

export interface CatalogOptions<Schedules extends readonly Schedule[]> {
  /**
   * What `defineSchedule` declared, of job types of this catalog.
   * @default none
   */
  readonly schedules?: Schedules;
}

/**
 * Puts job types and schedules together. Every side imports it: the producers, the worker's entry, the stack.
 *
 * @throws {CatalogError} when two types or two schedules share a name, or a schedule's job type is not in the catalog
 * @example export const catalog = defineCatalog([sendReceipt, buildReport], { schedules: [dailyReport] });
 */
export function defineCatalog<
  const Jobs extends readonly JobType[],
  const Schedules extends readonly Schedule[] = readonly [],
>(jobs: Jobs, options: CatalogOptions<Schedules> = {}): Catalog<Jobs, Schedules> {
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
  // Where none are given, the type parameter is the empty list.
  const schedules = options.schedules ?? ([] as readonly Schedule[] as Schedules);
  checkSchedules(schedules, byName);
  return { jobs, schedules, find: (name) => byName.get(name) };
}

function checkSchedules(schedules: readonly Schedule[], jobs: ReadonlyMap<string, JobType>): void {
  const names = new Set<string>();
  for (const { name, job } of schedules) {
    if (names.has(name)) {
      throw new CatalogError({
        what: `Two schedules of the catalog have the name '${name}'`,
        fix: 'give each a name of its own',
        context: { name },
      });
    }
    names.add(name);
    if (jobs.get(job.name) === job) continue;
    throw new CatalogError({
      what: `The schedule '${name}' makes jobs of a type that the catalog does not have`,
      got: jobs.has(job.name) ? `another declaration of '${job.name}'` : `'${job.name}'`,
      expected: `one of ${[...jobs.keys()].map((known) => `'${known}'`).join(', ') || '(the catalog is empty)'}`,
      fix: 'add the declaration that the schedule was made with to defineCatalog',
      context: { name, job: job.name },
    });
  }
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
