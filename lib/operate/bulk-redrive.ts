import type {
  IdResult,
  ListedJob,
  ListedRedriveOptions,
  MillraceClient,
  RecordUnreadableError,
} from '../client/index.ts';
import { type Catalog, type Clock, isEnded, sleep } from '../contract/index.ts';
import type { JobRecord, JobTable } from '../state/index.ts';
import { Pace } from './pace.ts';
import {
  type BulkRedriveOptions,
  type CheckedOptions,
  checkBulkOptions,
  type RedriveReport,
  type RedriveTarget,
  type StageReport,
  type Stopped,
} from './redrive-options.ts';

export interface BulkDeps {
  readonly client: MillraceClient<Catalog>;
  readonly table: JobTable;
  readonly clock: Clock;
}

/** Jobs of the first stages; the last one takes the rest. */
const STAGES = [1, 10, Number.POSITIVE_INFINITY];
const PARALLEL = 8;
const FIRST_LOOK = 200;
const LAST_LOOK = 5_000;
/**
 * Codes that are about the one job, no reason to stop: somebody else was faster, its enqueue has not ended, its pool or
 * priority has no queue, its record was spoilt.
 */
const ITS_OWN = new Set([
  'NOT_REDRIVABLE',
  'MOVED_ON',
  'JOB_NOT_FOUND',
  'PAYLOAD_NOT_STORED',
  'INVALID_OPTION',
  'RECORD_UNREADABLE',
]);

/** A job to redrive: named by its id, or listed, as the list had it or why it could not be read there. */
interface Target {
  readonly id: string;
  readonly listed?: ListedJob;
  readonly unreadable?: RecordUnreadableError;
}

/** Redrives many jobs: at a limited rate, in stages where that is asked for. It does not throw for a single job. */
export async function bulkRedrive(deps: BulkDeps, options: BulkRedriveOptions): Promise<RedriveReport> {
  const checked = checkBulkOptions(options);
  return new BulkRedrive(deps, options, checked).run();
}

class BulkRedrive {
  readonly #deps: BulkDeps;
  readonly #options: BulkRedriveOptions;
  readonly #checked: CheckedOptions;
  readonly #pace: Pace;
  readonly #results: IdResult[] = [];
  readonly #stages: StageReport[] = [];
  #begun = 0;
  #redriven = 0;
  #failed = 0;
  #stopped: Stopped | undefined;

  constructor(deps: BulkDeps, options: BulkRedriveOptions, checked: CheckedOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#checked = checked;
    // What only looks starts no job: nothing has to bear it.
    const rate = options.dryRun ? Number.POSITIVE_INFINITY : checked.rate;
    this.#pace = new Pace({ clock: deps.clock, rate, parallel: PARALLEL });
  }

  async run(): Promise<RedriveReport> {
    const { staged = false, dryRun = false, signal } = this.#options;
    const targets = this.#targets();
    const sizes = staged && !dryRun ? STAGES : STAGES.slice(-1);
    try {
      for (const [at, size] of sizes.entries()) {
        const redriven = await this.#redrive(targets, { size, early: at < sizes.length - 1 });
        if (this.#stopped || at === sizes.length - 1 || redriven.length === 0) break;
        await this.#watch(redriven);
        if (this.#stopped) break;
      }
    } catch (error) {
      await this.#pace.ended();
      if (signal?.aborted) this.#stopped = { why: 'aborted' };
      else if (this.#begun === 0 || !(error instanceof Error)) throw error;
      // What was done by then has to be told, too.
      else this.#stopped = { why: 'failed', error: { name: error.name, message: error.message } };
    } finally {
      // Ends the listing of what is left, if any.
      await targets.return(undefined);
    }
    return {
      redriven: this.#redriven,
      failed: this.#failed,
      results: this.#results,
      stages: this.#stages,
      stopped: this.#stopped,
    };
  }

  async *#targets(): AsyncGenerator<Target, void> {
    const { limit } = this.#checked;
    let left = limit;
    for await (const target of source(this.#deps.client, this.#options)) {
      if (left-- <= 0) return;
      yield target;
    }
  }

  /** Up to `size` jobs that were redriven. In an early stage one that is refused stops it: the others would be, too. */
  async #redrive(
    targets: AsyncGenerator<Target>,
    stage: { size: number; early: boolean },
  ): Promise<string[]> {
    const redriven: string[] = [];
    /** Jobs that have a place in the stage: one that is refused makes room. */
    let taken = 0;
    for (;;) {
      if (taken >= stage.size) await this.#pace.ended();
      if (this.#stopped || taken >= stage.size) break;
      const { value: target, done } = await targets.next();
      if (done) break;
      taken++;
      const work = async () => {
        const result = await this.#redriveOne(target);
        if (result.ok) redriven.push(target.id);
        else {
          taken--;
          if (stage.early) this.#refused(target.id, result.error);
        }
        this.#tell();
      };
      await this.#pace.begin(work, this.#options.signal);
    }
    await this.#pace.ended();
    return redriven;
  }

  async #redriveOne(target: Target): Promise<IdResult> {
    // Keeps its place: results stand in the order of the ids.
    const at = this.#begun++;
    const result = await this.#resultOf(target);
    this.#results[at] = result;
    if (result.ok) this.#redriven++;
    else this.#failed++;
    return result;
  }

  async #resultOf({ id, listed, unreadable: error }: Target): Promise<IdResult> {
    if (error) return { id, ok: false, error };
    const { by, why, patch, dryRun } = this.#options;
    const options: ListedRedriveOptions = { by, why, patch, dryRun, listed };
    const [result] = await this.#deps.client.redrive([id], options);
    return result as IdResult;
  }

  #refused(id: string, error: Error): void {
    const code = (error as { code?: unknown }).code;
    if (typeof code === 'string' && ITS_OWN.has(code)) return;
    this.#stopped = { why: 'refused', id, error: { name: error.name, message: error.message } };
  }

  /** Waits until a stage's jobs have ended. */
  async #watch(ids: readonly string[]): Promise<void> {
    const { clock, table } = this.#deps;
    const { signal } = this.#options;
    const until = clock.now() + this.#checked.stageTimeout;
    const open = new Set(ids);
    const ended = new Map<string, JobRecord | undefined>();
    for (let pause = FIRST_LOOK; ; pause = Math.min(pause * 1.5, LAST_LOOK)) {
      for (const id of open) {
        const record = await table.get(id);
        if (record && !isEnded(record.status)) continue;
        open.delete(id);
        ended.set(id, record);
      }
      this.#tell(open.size);
      const dead = [...ended].find(([, record]) => record?.status === 'dead');
      const late = clock.now() >= until;
      if (dead) this.#stopped = { why: 'died-again', id: dead[0], error: dead[1]?.error };
      else if (late && open.size > 0) this.#stopped = { why: 'stage-timeout', id: [...open][0] };
      if (open.size === 0 || late || dead) break;
      await sleep(clock, pause, signal);
    }
    this.#stages.push(reportOf([...ended.values()], open.size));
  }

  #tell(waitingFor?: number): void {
    this.#options.onProgress?.({
      stage: this.#stages.length + 1,
      redriven: this.#redriven,
      failed: this.#failed,
      waitingFor,
    });
  }
}

function reportOf(ended: readonly (JobRecord | undefined)[], unended: number): StageReport {
  const count = (status: string) => ended.filter((record) => record?.status === status).length;
  const [succeeded, died] = [count('succeeded'), count('dead')];
  return {
    redriven: ended.length + unended,
    ...{ succeeded, died, unended },
    otherwise: ended.length - succeeded - died,
  };
}

/** Pages go back in time: what is redriven and dies again meanwhile is not met twice. */
async function* source(
  client: MillraceClient<Catalog>,
  { ids, filter }: RedriveTarget,
): AsyncGenerator<Target> {
  if (ids !== undefined) {
    for (const id of new Set(ids)) yield { id };
    return;
  }
  let cursor: string | undefined;
  do {
    const page = await client.list({ ...filter, limit: 500, cursor });
    for (const { id, dispatch, enqueuedAt } of page.jobs)
      yield { id, listed: { status: filter.status ?? 'dead', dispatch, enqueuedAt } };
    for (const unreadable of page.unreadable) yield { id: String(unreadable.context['id']), unreadable };
    cursor = page.cursor;
  } while (cursor !== undefined);
}
