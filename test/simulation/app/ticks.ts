import { isEnded, readTick, type TickSource, tickId, writeTick } from '../../../lib/contract/index.ts';
import { unsentMessage } from '../../../lib/dispatch/index.ts';
import { serialOf } from '../../../lib/state/schedules/keys.ts';
import type { Change } from '../aws/job-store.ts';
import type { PoolQueues } from '../aws/queues.ts';
import type { Simulation } from '../simulation.ts';
import { catalog, TYPES } from './catalog.ts';
import { type Skippable, Skips } from './skips.ts';

/** One firing of a schedule. */
interface PlannedTick {
  readonly name: string;
  readonly id: string;
  readonly source: TickSource;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What EventBridge Scheduler does to a tick. */
const FAULTS = [
  'schedule early',
  'schedule late',
  'schedule fired twice',
  'schedule unsent',
  'schedule dropped',
] as const;

const PRECISION = 60_000;
const DAY = 86_400_000;

/** The recurring schedules of a run: what they send, and whether each tick is one job and their jobs keep apart. */
export class Ticks {
  readonly #simulation: Simulation;
  readonly #planned: PlannedTick[] = [];
  readonly #dropped = new Set<string>();
  /** Ticks, and schedules, whose items were put back to what they had been: a tick may be lost, or come again. */
  readonly #void = new Set<string>();
  /** By schedule: its jobs that were let go and have not ended. */
  readonly #going = new Map<string, Set<string>>();
  /** Started anew by a person: beside the others. */
  readonly #redriven = new Set<string>();
  readonly #skips: Skips;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#skips = new Skips(() => simulation.world.now);
    for (let n = 1; n <= simulation.world.draws.between('schedules', 1, 3); n += 1)
      this.#plan(`schedule ${n}`);
  }

  #plan(schedule: string): void {
    const { world } = this.#simulation;
    const { draws } = world;
    const type = draws.pick(`type of ${schedule}`, TYPES);
    const { version, pool, priority } = catalog.find(type) ?? {
      version: 1,
      pool: 'default',
      priority: 'normal',
    };
    const source: TickSource = {
      ...{ schedule: schedule.replace(' ', '-'), job: { type, version, pool, priority } },
      tenant: draws.happens(`${schedule} has tenant`, 0.5) ? 'tenant-1' : undefined,
      overlap: draws.pick(`overlap of ${schedule}`, ['allow', 'skip', 'queue', 'queue']),
      maxAge: 14 * DAY,
      deadline: draws.happens(`${schedule} has deadline`, 0.3)
        ? PRECISION + draws.spread(`deadline of ${schedule}`, 1_000, 7_200_000)
        : undefined,
      payload: { job: schedule, variant: 0, ...(type === 'sync' && { region: 'eu' }) },
    };
    const every = draws.spread(`pace of ${schedule}`, 1_000, 3_600_000);
    const count = draws.between(`ticks of ${schedule}`, 1, 10);
    for (let n = 1; n <= count; n += 1) {
      const at = world.now + n * every;
      const id = tickId({ ...source, at });
      const tick = { name: `tick ${n} of ${schedule}`, id, source, at };
      this.#planned.push(tick);
      world.names.give(id, tick.name);
      this.#simulation.checks.logs.of(id).scheduled = true;
      this.#due(tick);
    }
  }

  #due({ name, id, source, at }: PlannedTick): void {
    const { world, checks } = this.#simulation;
    const { draws, faults } = world;
    const fault = faults.strike(name, FAULTS, [id]);
    const early = fault === 'schedule early' ? draws.between(`early ${name}`, 1, PRECISION) : 0;
    const late = fault === 'schedule late' ? draws.spread(`late ${name}`, 1_000, DAY) : 0;
    const body = writeTick(source, at);
    const queue = this.#queueOf(source);
    world.after(Math.max(at - early + late - world.now, 0), () => {
      world.tell('Scheduler', () => `fires ${name}${fault ? ` ⚡ ${fault}` : ''}`, [id]);
      if (fault !== undefined) faults.took(fault);
      this.#skips.sent({ serial: serialOfTick(source), at });
      if (fault === 'schedule dropped') this.#dropped.add(id);
      else if (fault === 'schedule unsent')
        this.#simulation.unsent({ QueueUrl: queue.url, MessageBody: body });
      else queue.send({ body, group: source.tenant, delay: 0, now: world.now });
      checks.logs.of(id).enqueues += 1;
    });
    if (fault !== 'schedule fired twice') return;
    const again = at + draws.spread(`twice ${name}`, 1, PRECISION) - world.now;
    world.after(again, () => {
      queue.send({ body, group: source.tenant, delay: 0, now: world.now });
    });
  }

  /** A message is gone: where it was a tick, nothing makes its job. */
  lost(body: string): void {
    const tick = tickIn(body);
    if (tick) this.#dropped.add(tickId(tick));
  }

  /** A job's items, or its schedule's, are no longer what they were. */
  void({ id, serial }: { readonly id: string | undefined; readonly serial: string | undefined }): void {
    for (const each of [id, serial]) if (each !== undefined) this.#void.add(each);
  }

  #queueOf({ job }: TickSource): PoolQueues['queue'] {
    const found = this.#simulation.pools.find(({ priority }) => priority === job.priority);
    if (!found) throw new Error(`no queue of ${job.priority}`);
    return found.queue;
  }

  /** The jobs of ticks are few, and of those that wait for another of their schedule fewer. */
  #operate(id: string): void {
    const tick = this.#planned.find((each) => each.id === id);
    if (tick) this.#simulation.application.operate(id, { name: tick.name, often: 3 });
  }

  /** Jobs of a schedule whose ticks say so are let go one at a time, whoever decides. */
  changed(change: Change): void {
    const { before, after } = change;
    for (const tick of this.#skips.changed(change)) this.#skippedWrongly(tick);
    const { id, serial, status } = after?.record ?? {};
    if (id !== undefined && !before?.record) this.#operate(id);
    if (id === undefined || serial === undefined || status === undefined) return;
    if (before?.record && isEnded(before.record.status) && !isEnded(status)) this.#redriven.add(id);
    const going = this.#going.get(serial) ?? new Set();
    this.#going.set(serial, going);
    if (status === 'blocked' || isEnded(status)) going.delete(id);
    else if (!this.#redriven.has(id)) going.add(id);
    if (going.size < 2 || this.#void.has(serial)) return;
    const named = [...going].map((each) => this.#simulation.world.names.of(each)).join(', ');
    this.#simulation.checks.report('jobs of a schedule keep apart', id, `under way at once: ${named}`);
  }

  #skippedWrongly({ serial, at }: Skippable): void {
    const tick = this.#planned.find((each) => each.at === at && serialOfTick(each.source) === serial);
    if (!tick || this.#void.has(serial) || this.#void.has(tick.id)) return;
    const what = `${tick.name} was skipped, and no job of its schedule was under way`;
    this.#simulation.checks.report('a tick is one job', tick.id, what);
  }

  /** What has to hold of each tick when nothing is left to happen. */
  checkEnd(): void {
    const { checks, store } = this.#simulation;
    for (const { id, source, name, at } of this.#planned) {
      const serial = serialOfTick(source);
      if (this.#void.has(serial) || this.#void.has(id)) continue;
      const { accepted, lastEnd } = checks.logs.of(id);
      const record = store.state(id) ?? lastEnd;
      const report = (what: string) => checks.report('a tick is one job', id, `${name} ${what}`);
      if (accepted.size > 1) report(`made its job ${accepted.size} times`);
      if (record && !isEnded(record.status)) report(`made a job that is ${record.status} for ever`);
      const passedOver = source.overlap === 'skip' && this.#skips.has({ serial, at });
      if (!record && !passedOver && !this.#dropped.has(id)) report('made no job');
      if (accepted.size > 0 && passedOver) report('was skipped, and made a job all the same');
    }
  }
}

function serialOfTick({ schedule, tenant }: TickSource): string {
  return serialOf({ name: schedule, ...(tenant !== undefined && { tenant }) });
}

/** Whether a message is a tick: nobody files those, and what comes of them is checked in the end. */
export function isTick(body: string): boolean {
  return tickIn(body) !== undefined;
}

function tickIn(body: string) {
  try {
    return readTick(unsentMessage(body) ?? body);
  } catch {
    return undefined;
  }
}
