import {
  type Catalog,
  type Clock,
  checkTenant,
  firings,
  InvalidOptionError,
  type JobIn,
  type JobName,
  type JobOf,
  keyedId,
  LIMITS,
  lookUp,
  parseExpression,
  type Schedule,
  type ScheduleOptions,
} from '../../contract/index.ts';
import { acceptTick, ScheduleBusyError, type ScheduleKey, type ScheduleRecord } from '../../state/index.ts';
import type { EnqueuedJob } from '../options.ts';
import { type BackfillDeps, backfill, missedFirings } from './backfill.ts';
import {
  ScheduleExistsError,
  ScheduleFixedError,
  ScheduleNotFoundError,
  TickRefusedError,
} from './errors.ts';
import { listSchedules } from './list-schedules.ts';
import type {
  BackfillEntry,
  BackfillOptions,
  NextOptions,
  ScheduleListOptions,
  SchedulePage,
  ScheduleRef,
} from './options.ts';
import { checkSchedule, putSchedule, spanOf } from './put-schedule.ts';
import { type Found, ofCatalog, ofRecord, type PutSchedule, type ScheduleView } from './schedule-view.ts';

interface ScheduleDeps extends BackfillDeps {
  readonly clock: Clock;
  /** Schedules that a tenant may have. */
  readonly quota: number;
}

/** Writers that others may get ahead with before this one is given up. */
const TRIES = 10;

/**
 * Recurring schedules: those that the application makes at run time, for its customers say, and the catalog's. It needs no
 * rights at EventBridge Scheduler: what is put is brought about by the stack's lifecycle function, within seconds.
 */
export class ScheduleClient<C extends Catalog> {
  readonly #catalog: C;
  readonly #deps: ScheduleDeps;

  constructor(catalog: C, deps: ScheduleDeps) {
    this.#catalog = catalog;
    this.#deps = deps;
  }

  /**
   * Makes a schedule, or puts another in its place: by its name and tenant. A put of the same changes nothing; a paused
   * schedule stays paused.
   *
   * @throws {InvalidOptionError | PayloadInvalidError | PayloadTooLargeError | UnknownJobError} before anything is written
   * @throws {ScheduleQuotaError} the tenant has as many as it may
   * @throws {ScheduleExistsError} the catalog has one of this name
   * @example
   * await millrace.schedules.put('report.build', {
   *   name: 'weekly', tenant: 'acme', cron: '0 7 ? * MON *', timeZone: 'Europe/Berlin', payload: { title: 'Last week' },
   * });
   */
  async put<const K extends JobName<C> | JobIn<C>>(
    job: K,
    options: ScheduleOptions<JobOf<C, K>>,
  ): Promise<PutSchedule> {
    const { clock, schedules, quota } = this.#deps;
    const type = lookUp(this.#catalog, job);
    const now = clock.now();
    const checked = await checkSchedule(type, options as ScheduleOptions, now);
    const { name, tenant } = checked.schedule;
    if (this.#declared({ name, tenant })) throw new ScheduleExistsError({ name, tenant });
    const { record, changed } = await putSchedule(schedules, checked, { now, quota });
    return { schedule: ofRecord(record).view, changed };
  }

  /** The schedule as it is now; undefined where there is none. */
  async get(name: string, { tenant }: ScheduleRef = {}): Promise<ScheduleView | undefined> {
    return (await this.#find(keyOf(name, tenant)))?.view;
  }

  /** Schedules, the catalog's first, a page at a time. */
  async list(options: ScheduleListOptions = {}): Promise<SchedulePage> {
    if (options.tenant !== undefined) checkTenant(options.tenant);
    const page = await listSchedules(this.#deps.schedules, options);
    if (options.cursor !== undefined) return page;
    const { tenant } = options;
    const own = this.#catalog.schedules.filter((each) => tenant === undefined || each.tenant === tenant);
    const declared = await Promise.all(own.map(async (each) => (await this.#ofCatalog(each)).view));
    return { ...page, schedules: [...declared, ...page.schedules] };
  }

  /**
   * No tick makes a job until it is resumed; ticks of the time between are not made up for. A tick that is under way
   * makes none either.
   *
   * @throws {ScheduleNotFoundError}
   */
  async pause(name: string, ref: ScheduleRef = {}): Promise<void> {
    await this.#setPaused(keyOf(name, ref.tenant), true);
  }

  /** @throws {ScheduleNotFoundError} */
  async resume(name: string, ref: ScheduleRef = {}): Promise<void> {
    await this.#setPaused(keyOf(name, ref.tenant), false);
  }

  /**
   * Deletes a schedule that was made at run time; one that is not there is deleted already. Jobs that it made stay.
   *
   * @throws {ScheduleFixedError} it is one of the catalog
   */
  async delete(name: string, { tenant }: ScheduleRef = {}): Promise<void> {
    const key = keyOf(name, tenant);
    if (this.#declared(key)) throw new ScheduleFixedError(key);
    await this.#change(key, { deleted: true });
  }

  /**
   * A job of the schedule now, beside those of its ticks; paused or not.
   *
   * @throws {ScheduleNotFoundError}
   * @throws {TickRefusedError} its last job has not ended, and its overlap says `skip`; or too many wait
   */
  async trigger(name: string, { tenant }: ScheduleRef = {}): Promise<EnqueuedJob> {
    const key = keyOf(name, tenant);
    const { source } = await this.#get(key);
    const { clock, chance } = this.#deps;
    const now = clock.now();
    const id = keyedId({ tenant, type: `trigger ${name}`, key: chance.nonce() });
    const outcome = await acceptTick(this.#deps, { ...source, at: now }, { now, id, asked: 'trigger' });
    if (!outcome.made && outcome.why !== 'duplicate')
      throw new TickRefusedError({ ...key, why: outcome.why });
    return { id, deduplicated: false };
  }

  /**
   * When it fires next, by its calendar. A pause is left out of account. A rate of the catalog is counted from its `startAt`,
   * or from now: only EventBridge Scheduler knows from which deployment it counts it.
   *
   * @throws {ScheduleNotFoundError}
   */
  async next(name: string, options: NextOptions = {}): Promise<Date[]> {
    const { tenant, count = 5, from = new Date(this.#deps.clock.now()) } = options;
    if (!Number.isInteger(count) || count < 1 || count > LIMITS.backfill) {
      const expected = `a whole number from 1 to ${LIMITS.backfill}`;
      throw new InvalidOptionError({ option: 'count', got: String(count), expected });
    }
    const { view } = await this.#get(keyOf(name, tenant));
    const span = { timeZone: view.timeZone, startAt: view.startAt?.getTime(), endAt: view.endAt?.getTime() };
    return firings(parseExpression(view.expression), { ...spanOf(span, from.getTime(), count), from });
  }

  /**
   * Makes up for the firings from `from` to before `to`: at most 1,000, each with the id that its tick would have given its
   * job, so that what had a job gets no other for as long as the job's record is kept. Jobs that may not overlap wait for
   * each other, those of `overlap: 'skip'` too.
   *
   * @throws {ScheduleNotFoundError}
   * @throws {InvalidOptionError} the span reaches into the future, or holds too many firings
   * @example
   * const missed = await millrace.schedules.backfill('weekly', from, to, { tenant: 'acme', dryRun: true });
   */
  async backfill(
    name: string,
    from: Date,
    to: Date,
    { tenant, dryRun = false }: BackfillOptions = {},
  ): Promise<BackfillEntry[]> {
    const now = this.#deps.clock.now();
    const found = await this.#get(keyOf(name, tenant));
    const times = missedFirings(found, { from, to, now });
    return backfill(this.#deps, found, { times, now, dryRun });
  }

  #declared({ name, tenant }: ScheduleKey): Schedule | undefined {
    return this.#catalog.schedules.find((each) => each.name === name && each.tenant === tenant);
  }

  async #ofCatalog(schedule: Schedule): Promise<Found> {
    return ofCatalog(schedule, await this.#deps.schedules.isPaused(schedule));
  }

  async #find(key: ScheduleKey): Promise<Found | undefined> {
    const declared = this.#declared(key);
    if (declared) return this.#ofCatalog(declared);
    const record = await this.#deps.schedules.definition(key);
    return record && !record.deleted ? ofRecord(record) : undefined;
  }

  async #get(key: ScheduleKey): Promise<Found> {
    const found = await this.#find(key);
    if (!found) throw new ScheduleNotFoundError(key);
    return found;
  }

  async #setPaused(key: ScheduleKey, paused: boolean): Promise<void> {
    const { schedules, clock } = this.#deps;
    if (this.#declared(key)) return schedules.setPaused(key, paused, clock.now());
    if (!(await this.#change(key, { paused }))) throw new ScheduleNotFoundError(key);
  }

  /** The next revision, where it differs; undefined: there is no such schedule. */
  async #change(
    key: ScheduleKey,
    change: Pick<ScheduleRecord, 'paused' | 'deleted'>,
  ): Promise<ScheduleRecord | undefined> {
    const { schedules, clock, quota } = this.#deps;
    for (let tries = 0; tries < TRIES; tries++) {
      const before = await schedules.definition(key);
      if (!before || before.deleted) return undefined;
      if (change.paused !== undefined && (before.paused ?? false) === change.paused) return before;
      const { problem: _, paused: __, ...rest } = before;
      const rev = before.rev + 1;
      const paused = change.paused ?? before.paused ?? false;
      const record: ScheduleRecord = {
        ...rest,
        ...{ rev, out: rev, updatedAt: clock.now() },
        ...(paused && { paused }),
        ...(change.deleted && { deleted: true }),
      };
      if ((await schedules.save({ record, before, quota })) === 'saved') return record;
    }
    throw new ScheduleBusyError(key);
  }
}

/** What no schedule can be called is not looked for. */
function keyOf(name: string, tenant: string | undefined): ScheduleKey {
  if (typeof name !== 'string' || name.length < 1 || name.length > LIMITS.scheduleNameLength) {
    const expected = `1 to ${LIMITS.scheduleNameLength} characters`;
    throw new InvalidOptionError({ option: 'name', got: JSON.stringify(name) ?? 'undefined', expected });
  }
  return tenant === undefined ? { name } : { name, tenant: checkTenant(tenant) };
}
